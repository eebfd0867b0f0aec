using Knative.Xds.Core.Configuration;
using Knative.Xds.Core.Networking;

namespace Knative.Xds.Activation.Configuration;

/// <summary>What config-network and config-observability say now; upstream's defaults where there are none.</summary>
/// <remarks>Threading: read from anywhere; one watcher each writes. <see cref="NetworkChanged"/> and <see cref="ObservabilityChanged"/> fire on the watcher's task.</remarks>
internal sealed class LiveSettings
{
    private volatile NetworkConfig _network = new();
    private volatile ObservabilityConfig _observability = new();

    public event Action? NetworkChanged;

    public event Action? ObservabilityChanged;

    public NetworkConfig Network => _network;

    public ObservabilityConfig Observability => _observability;

    /// <summary>Single pods are reached through the mesh, by a header.</summary>
    public bool Passthrough => _network.EnableMeshPodAddressability;

    public void Set(NetworkConfig network)
    {
        _network = network;
        NetworkChanged?.Invoke();
    }

    public void Set(ObservabilityConfig observability)
    {
        _observability = observability;
        ObservabilityChanged?.Invoke();
    }
}

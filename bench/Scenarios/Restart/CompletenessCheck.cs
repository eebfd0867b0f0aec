using Envoy.Service.Discovery.V3;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.Scenarios.Rig;

namespace Knative.Xds.Scenarios.Restart;

/// <summary>Compares what a client is sent with what there is.</summary>
internal sealed class CompletenessCheck
{
    private readonly Dictionary<ResourceType, int> _expected;
    private readonly HashSet<ResourceType> _answered = [];
    private readonly bool _returns;
    private int _partial;

    /// <summary>Checks a client against one that holds everything.</summary>
    /// <param name="complete">Holds everything.</param>
    /// <param name="client">The client to check.</param>
    /// <param name="returns">Whether it holds everything itself, and so is owed nothing.</param>
    public CompletenessCheck(DeltaStreamClient complete, DeltaStreamClient client, bool returns)
    {
        _expected = ResourceTypes.All.ToDictionary(type => type, complete.Count);
        _returns = returns;
        client.OnResponse = Check;
    }

    /// <summary>Answers that were not whole.</summary>
    public int Partial => Volatile.Read(ref _partial);

    private void Check(ResourceType type, DeltaDiscoveryResponse response)
    {
        var first = _answered.Add(type);
        var isShort = !_returns && first && type.IsCollection() && response.Resources.Count < _expected[type];
        if (isShort || response.RemovedResources.Count > 0)
        {
            Interlocked.Increment(ref _partial);
        }
    }
}

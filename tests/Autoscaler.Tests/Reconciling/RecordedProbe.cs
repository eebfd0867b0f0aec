using Knative.Xds.Autoscaler.Reconciling;
using Knative.Xds.Core.Model;

namespace Knative.Xds.Autoscaler.Tests.Reconciling;

/// <summary>A probe whose answer is given, and which keeps what it was asked for.</summary>
/// <param name="passes">The answer.</param>
/// <param name="meanwhile">What happens while it is under way.</param>
internal sealed class RecordedProbe(bool passes, Action? meanwhile = null) : IActivatorProbe
{
    public bool Asked { get; private set; }

    public List<BackgroundProbe> Background { get; } = [];

    public Task<bool> ProbeAsync(ScaleTarget target, CancellationToken cancellationToken)
    {
        Asked = true;
        meanwhile?.Invoke();
        return Task.FromResult(passes);
    }

    public void ProbeInBackground(ScaleTarget target, BackgroundProbe probe, Action<ObjectKey> ended) => Background.Add(probe);
}

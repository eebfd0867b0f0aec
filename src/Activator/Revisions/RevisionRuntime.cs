using Knative.Xds.Activation.Backends;
using Knative.Xds.Activation.Measuring;
using Knative.Xds.Activation.Throttling;

namespace Knative.Xds.Activation.Revisions;

/// <summary>A revision with its running parts.</summary>
internal sealed class RevisionRuntime(Revision revision, RevisionThrottle throttle, BackendsWatcher backends, RevisionSeries series) : IDisposable
{
    public Revision Revision => revision;

    public RevisionThrottle Throttle => throttle;

    public BackendsWatcher Backends => backends;

    public RevisionSeries Series => series;

    public void Dispose()
    {
        backends.Dispose();
        throttle.Dispose();
    }
}

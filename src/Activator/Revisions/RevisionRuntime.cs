using Knative.Xds.Activation.Backends;
using Knative.Xds.Activation.Throttling;

namespace Knative.Xds.Activation.Revisions;

/// <summary>A revision with its running parts.</summary>
internal sealed class RevisionRuntime(Revision revision, RevisionThrottle throttle, BackendsWatcher backends) : IDisposable
{
    public Revision Revision => revision;

    public RevisionThrottle Throttle => throttle;

    public BackendsWatcher Backends => backends;

    public void Dispose() => backends.Dispose();
}

namespace Knative.Xds.Activation.Backends;

/// <summary>Asks a pod's queue-proxy whether it takes requests.</summary>
internal interface IPodProber
{
    Task<ProbeOutcome> ProbeAsync(ProbeTarget target, CancellationToken cancellationToken);
}

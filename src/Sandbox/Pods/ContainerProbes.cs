using k8s.Models;

namespace Knative.Xds.Sandbox.Pods;

/// <summary>Runs the probes of one run of a container: startup first, then liveness and readiness together.</summary>
internal sealed class ContainerProbes(V1Container container, ContainerTarget target, PodContext context, ProbeSubject subject)
{
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (container.StartupProbe is { } startup)
            {
                await Loop("Startup", startup, KillUnless).RunAsync(untilSuccess: true, cancellationToken);
                subject.Update(snapshot => snapshot with { Started = true, Ready = container.ReadinessProbe is null });
            }

            var liveness = container.LivenessProbe is { } live ? Loop("Liveness", live, KillUnless).RunAsync(untilSuccess: false, cancellationToken) : Task.CompletedTask;
            var readiness = container.ReadinessProbe is { } ready ? Loop("Readiness", ready, SetReady).RunAsync(untilSuccess: false, cancellationToken) : Task.CompletedTask;
            await Task.WhenAll(liveness, readiness);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The run is over.
        }
    }

    private ProbeLoop Loop(string name, V1Probe probe, Action<bool, V1Probe> onVerdict) => new(
        probe,
        token => context.Actions.ProbeAsync(probe, target, token),
        (verdict, _) => onVerdict(verdict, probe),
        problem => context.Logger.ProbeFailed(subject.PodName, container.Name, name, problem),
        context.Time);

    private void SetReady(bool verdict, V1Probe probe) => subject.Update(snapshot => snapshot with { Ready = verdict });

    private void KillUnless(bool verdict, V1Probe probe)
    {
        // A pod that ends anyway is not restarted by its probes.
        if (!verdict && !subject.Stop.Requested.IsCancellationRequested)
        {
            _ = subject.Process.TerminateAsync(TimeSpan.FromSeconds(probe.TerminationGracePeriodSeconds ?? 30));
        }
    }
}

using Knative.Xds.Autoscaler.Collecting;
using Knative.Xds.Core.Stats;

namespace Knative.Xds.Autoscaler.Tests.Collecting;

/// <summary>Pods that answer what a test says: by address, and in turn through their Service.</summary>
internal sealed class FakeStatSource(Dictionary<string, StatAnswer> pods, params StatAnswer[] service) : IStatSource
{
    private readonly Lock _lock = new();

    public List<string> Asked { get; } = [];

    public int ServiceRequests { get; private set; }

    public ValueTask<StatAnswer> AskPodAsync(string ip, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            Asked.Add(ip);
            return new ValueTask<StatAnswer>(pods[ip]);
        }
    }

    public Task<StatAnswer> AskServiceAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult(service[ServiceRequests++ % service.Length]);
        }
    }

    public static StatAnswer Good(double concurrency, string pod = "pod", double uptime = 1000) =>
        new(new Stat { PodName = pod, AverageConcurrentRequests = concurrency, ProcessUptime = uptime }, ScrapeFailure.None);

    public static StatAnswer Bad(ScrapeFailure failure) => new(default, failure);
}

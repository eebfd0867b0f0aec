using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.Scenarios.Rig;

namespace Knative.Xds.Scenarios.Fleet;

/// <summary>One server and many streams, each of which takes everything and acknowledges it.</summary>
internal sealed class FleetRun : IAsyncDisposable
{
    private const int ConnectAtOnce = 16;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan BetweenChanges = TimeSpan.FromMilliseconds(200);
    private readonly Workbench _bench;
    private readonly ReadyWatch _watch;
    private readonly WeightFlips _flips;
    private readonly DeltaStreamClient[] _clients;
    private readonly int _xdsPort;
    private readonly int _ingresses;
    private readonly CancellationToken _cancellation;
    private readonly DeltaStreamClient _stalled = new("stalled");
    private volatile Arrivals? _arrivals;

    public FleetRun(Workbench bench, int xdsPort, int ingresses, int streams, CancellationToken cancellationToken)
    {
        (_bench, _xdsPort, _ingresses, _cancellation) = (bench, xdsPort, ingresses, cancellationToken);
        _watch = new ReadyWatch(bench.Api.Client);
        _flips = new WeightFlips(bench.Api.Client, _watch);
        _clients = [.. Enumerable.Range(0, streams).Select(stream => new DeltaStreamClient($"stream-{stream}"))];
    }

    /// <summary>Makes the objects and connects every stream; returns when all hold everything.</summary>
    public async Task ConnectAsync()
    {
        await _watch.Started;
        await IngressSetup.CreateServicesAsync(_bench.Api.Client, _bench.Backends.Ports, _ingresses, _cancellation);
        await IngressSetup.CreateIngressesAsync(_bench.Api.Client, _ingresses, _cancellation);
        await Parallel.ForEachAsync(Enumerable.Range(0, _clients.Length), new ParallelOptions { MaxDegreeOfParallelism = ConnectAtOnce, CancellationToken = _cancellation }, async (stream, token) =>
        {
            _clients[stream].OnResponse = (_, response) =>
            {
                foreach (var resource in response.Resources)
                {
                    _arrivals?.Note(stream, resource.Name);
                }
            };
            await _clients[stream].ConnectAsync(_xdsPort);
            while (_clients[stream].Count(ResourceType.RouteConfiguration) < 2 * _ingresses)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, token);
            }
        });
        await _watch.AllReadyAsync(_ingresses, _cancellation);
    }

    /// <summary>Changes ingresses one after the other.</summary>
    /// <returns>For each change the ms until the last stream had it, and how many had it in the end.</returns>
    public async Task<List<(double Ms, int Reached)>> RoundAsync(int changes)
    {
        var results = new List<(double, int)>();
        for (var i = 0; i < changes; i++)
        {
            results.Add(await ChangeAsync(Random.Shared.Next(_ingresses)));
            await Task.Delay(BetweenChanges, TimeProvider.System, _cancellation);
        }

        return results;
    }

    /// <summary>Connects one stream more, which asks for everything and reads nothing.</summary>
    public Task StallAsync() => _stalled.StallAsync(_xdsPort, _clients[0]);

    public async ValueTask DisposeAsync()
    {
        await _watch.DisposeAsync();
        foreach (var client in _clients.Append(_stalled))
        {
            await client.DisposeAsync();
        }
    }

    private async Task<(double Ms, int Reached)> ChangeAsync(int ingress)
    {
        var arrivals = _arrivals = new Arrivals($"{IngressObjects.Namespace}/{IngressObjects.Name(ingress)}/external", _clients.Length);
        var (start, _) = await _flips.FlipAsync(ingress, _cancellation);
        var last = await InTimeAsync(arrivals.All);
        return (TimeProvider.System.GetElapsedTime(start, last).TotalMilliseconds, arrivals.Count);
    }

    /// <summary>The moment that a task tells; that at which the time limit is reached when it does not.</summary>
    private async Task<long> InTimeAsync(Task<long> moment)
    {
        await Task.WhenAny(moment, Task.Delay(Limit, TimeProvider.System, _cancellation));
        return moment.IsCompletedSuccessfully ? await moment : TimeProvider.System.GetTimestamp();
    }
}

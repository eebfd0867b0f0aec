using System.Net;
using Knative.Xds.Sandbox.Composition;
using Knative.Xds.Scenarios.Rig;

namespace Knative.Xds.Scenarios.Proxying;

/// <summary>One run: rounds in which each candidate takes its turn, so that a change of the machine meets them all.</summary>
internal sealed class ProxyRun(IProxyComponent component, NativeLoad load, int connections, int rounds, int seconds, int starts)
{
    private const int LatencyConnections = 4;
    private readonly List<ProxyFigures> _ours = [];
    private readonly List<ProxyFigures> _peer = [];
    private readonly List<ProxyFigures> _envoy = [];

    public async Task<ProxyResult> RunAsync(CancellationToken cancellationToken)
    {
        using var server = UserServer.Start(load.Protocol, component.AsksOverHttp1, new IPEndPoint(component.UserAddress, FreePorts.Take(1)[0]));
        var user = server.EndPoint.Port;
        await using var stage = await component.StageAsync(load.Protocol, user, cancellationToken);
        var ours = stage.Own(component.Find());
        var peer = Environment.GetEnvironmentVariable(component.PeerVariable) is { Length: > 0 } program ? stage.Peer(program) : null;
        var envoy = EnvoyLocator.Find() is { } found ? EnvoyForwarder.Create(found, load.Protocol, user) : null;
        var direct = await load.RunAsync(user, LatencyConnections, seconds, cancellationToken);
        for (var round = 1; round <= rounds; round++)
        {
            Progress.Say($"round {round} of {rounds}");
            await MeasureAsync(ours, _ours, withLight: true, cancellationToken);
            await MeasureAsync(peer, _peer, withLight: false, cancellationToken);
            await MeasureAsync(envoy, _envoy, withLight: false, cancellationToken);
        }

        var (ourStarts, peerStarts) = MeasureStarts(ours, peer);
        return Result(direct, ourStarts, peerStarts);
    }

    private async Task MeasureAsync(ProxyCandidate? candidate, List<ProxyFigures> figures, bool withLight, CancellationToken cancellationToken)
    {
        if (candidate is null)
        {
            return;
        }

        using var proxy = RunningProxy.Start(candidate);
        await proxy.ServingAsync(candidate, load.Protocol, cancellationToken);
        await load.RunAsync(candidate.Port, connections, component.WarmUpSeconds, cancellationToken);
        var cpu = proxy.CpuMs;
        var full = await load.RunAsync(candidate.Port, connections, seconds, cancellationToken);
        var (cpuMicros, rss) = ((proxy.CpuMs - cpu) * 1000 / full.Requests, proxy.RssMiB);
        var light = withLight ? await load.RunAsync(candidate.Port, LatencyConnections, seconds, cancellationToken) : null;
        figures.Add(new ProxyFigures(full.Rps, cpuMicros, rss, light));
        Progress.Say($"{Path.GetFileName(candidate.Start.FileName)}: {full.Rps:0} rps, {cpuMicros:0.0} µs, {rss:0.0} MiB");
    }

    private (double[] Ours, double[] Peer) MeasureStarts(ProxyCandidate ours, ProxyCandidate? peer)
    {
        var (ourStarts, peerStarts) = (new List<double>(), new List<double>());
        for (var start = 0; start < starts; start++)
        {
            using (var proxy = RunningProxy.Start(ours))
            {
                ourStarts.Add(proxy.StartMs);
            }

            if (peer is not null)
            {
                using var proxy = RunningProxy.Start(peer);
                peerStarts.Add(proxy.StartMs);
            }
        }

        return ([.. ourStarts], [.. peerStarts]);
    }

    private ProxyResult Result(LoadResult direct, double[] ourStarts, double[] peerStarts) => new(
        "proxy",
        component.Name,
        load.Protocol == ProxyProtocol.H2c ? "h2c" : "http1",
        connections,
        Median(_ours.Select(figure => figure.Rps)),
        Median(_ours.Select(figure => figure.Light!.P50Ms)) - direct.P50Ms,
        Median(_ours.Select(figure => figure.Light!.P99Ms)) - direct.P99Ms,
        Median(_ours.Select(figure => figure.Light!.P999Ms)) - direct.P999Ms,
        Median(_ours.Select(figure => figure.CpuMicros)),
        Median(_ours.Select(figure => figure.RssMiB)),
        ourStarts.Length == 0 ? 0 : Median(ourStarts))
    {
        PeerRps = Optional(_peer.Select(figure => figure.Rps)),
        RatioRps = Optional(_ours.Zip(_peer, (our, peer) => our.Rps / peer.Rps)),
        PeerRssMiB = Optional(_peer.Select(figure => figure.RssMiB)),
        RatioRss = Optional(_ours.Zip(_peer, (our, peer) => our.RssMiB / peer.RssMiB)),
        PeerStartMs = Optional(peerStarts),
        EnvoyRps = Optional(_envoy.Select(figure => figure.Rps)),
    };

    private static double Median(IEnumerable<double> sample) => Math.Round(Percentiles.Of(sample, 50), 3);

    private static double? Optional(IEnumerable<double> sample) => sample.Any() ? Median(sample) : null;
}

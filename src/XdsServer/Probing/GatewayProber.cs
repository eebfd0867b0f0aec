using System.Collections.Immutable;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;
using Knative.Xds.Kube.Api;
using Knative.Xds.Kube.Projections;
using Knative.Xds.Kube.Queueing;
using Knative.Xds.Kube.Status;
using Knative.Xds.XdsServer.Fleets;
using Knative.Xds.XdsServer.Reporting;
using Knative.Xds.XdsServer.Watching;

namespace Knative.Xds.XdsServer.Probing;

/// <summary>Asks every gateway, as upstream's controllers do, whether it serves an ingress as its spec is now: proof through the data path, beside the gateways' own word.</summary>
/// <remarks>Gateways are the ready endpoints of their local Service, whether they are connected here or to another replica, or to none. Off unless
/// <see cref="XdsServerOptions.ProbeGateways"/>. Threading: safe. Source: knative/networking pkg/status/status.go and pkg/prober/prober.go; limits: the same.</remarks>
internal sealed class GatewayProber(ClusterInformers informers, ReferencedSecrets secrets, FleetDirectory fleets, XdsServerOptions options, XdsMetrics metrics, TimeProvider time) : BackgroundService
{
    private const int Workers = 15;
    private const string UserAgent = "Knative-Ingress-Probe";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan InitialDelay = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Backoff = TimeSpan.FromMilliseconds(50);
    private readonly WorkQueue<ProbeTarget> _queue = new(time, Backoff, options.ProbeMaxRetryDelay);
    private readonly Lock _lock = new();
    private readonly Dictionary<ObjectKey, ProbeRound> _rounds = [];

    /// <summary>The verdict as it may be told: one that all have taken waits until all have proven it.</summary>
    /// <param name="ingress">The ingress.</param>
    /// <param name="verdict">What the gateways say.</param>
    /// <param name="again">Called with what was returned, when there is more to say.</param>
    public IngressVerdict Weigh(ObjectKey ingress, IngressVerdict verdict, Action<IngressVerdict> again)
    {
        if (!options.ProbeGateways || verdict.Gateways != GatewayState.Taken || !verdict.Problems.IsEmpty || !informers.Ingresses.Store.TryGet(ingress, out var current) || IsReady(current))
        {
            return verdict;
        }

        var waiting = verdict with { Gateways = GatewayState.Waiting };
        return IngressProjection.Project(current).Value is { } read && !IsProven(read, fleets.Serving(current), () => again(waiting)) ? waiting : verdict;
    }

    /// <summary>Forgets an ingress that has gone.</summary>
    public void Forget(ObjectKey ingress)
    {
        lock (_lock)
        {
            _rounds.Remove(ingress);
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        _queue.Dispose();
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        options.ProbeGateways ? Task.WhenAll(Enumerable.Range(0, Workers).Select(_ => WorkAsync(stoppingToken))) : Task.CompletedTask;

    // Upstream does not probe a ready one again either.
    private static bool IsReady(KIngress ingress) =>
        ingress.Status?.ObservedGeneration == ingress.Metadata.Generation && ConditionSet.IsTrue(ingress.Status?.Conditions, ConditionSet.Ready);

    private bool IsProven(Ingress ingress, ImmutableArray<Fleet> serving, Action again)
    {
        lock (_lock)
        {
            if (_rounds.TryGetValue(ingress.Key, out var round) && round.Hash == ingress.Hash)
            {
                round.Done = again;
                return round.IsProven;
            }

            ImmutableArray<ProbeTarget> targets = HasGateways(serving)
                ? [.. serving.SelectMany(fleet => ProbeTargets.Of(ingress, fleet.Options, GatewaysOf(fleet.Options), host => HasCertificate(ingress, host))).Distinct()]
                : [ProbeTarget.Nobody(ingress)];
            var begun = _rounds[ingress.Key] = new ProbeRound(ingress.Hash, targets) { Done = again };
            foreach (var target in targets)
            {
                _queue.AddAfter(target, InitialDelay);
            }

            return begun.IsProven;
        }
    }

    private bool HasGateways(ImmutableArray<Fleet> serving) => serving.Any(fleet => !GatewaysOf(fleet.Options).IsEmpty);

    private ImmutableArray<IPAddress> GatewaysOf(FleetOptions fleet) => ProbeTargets.ServiceOf(fleet) is { } service
        ? [.. ServiceEndpointsProjection.Join(service, informers.Slices.Store.ByIndex(ClusterInformers.ByService, service.ToString())).Endpoints.Where(endpoint => endpoint.Ready && !endpoint.Terminating).Select(endpoint => IPAddress.Parse(endpoint.Address))]
        : [];

    private bool HasCertificate(Ingress ingress, string host) => ingress.Tls.Any(entry => entry.Hosts.Contains(host, StringComparer.OrdinalIgnoreCase) && secrets.Find(entry.Secret).Pair is not null);

    private async Task WorkAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await TakeAsync(await _queue.TakeAsync(cancellationToken), cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                // The server stops.
            }
        }
    }

    private async Task TakeAsync(ProbeTarget target, CancellationToken cancellationToken)
    {
        if (!IsOpen(target))
        {
            _queue.Forget(target);
        }
        else if (target.IsNobody)
        {
            Look(target);
        }
        else if (IsGone(target) || await IsProvenAsync(target, cancellationToken))
        {
            _queue.Forget(target);
            Close(target);
        }
        else
        {
            _queue.AddRateLimited(target);
        }

        _queue.Done(target);
    }

    /// <summary>Begins again when there are gateways now.</summary>
    private void Look(ProbeTarget nobody)
    {
        if (!informers.Ingresses.Store.TryGet(nobody.Ingress, out var ingress) || !HasGateways(fleets.Serving(ingress)))
        {
            _queue.AddRateLimited(nobody);
            return;
        }

        _queue.Forget(nobody);
        Action? again = null;
        lock (_lock)
        {
            if (_rounds.Remove(nobody.Ingress, out var round))
            {
                again = round.Done;
            }
        }

        again?.Invoke();
    }

    private bool IsOpen(ProbeTarget target)
    {
        lock (_lock)
        {
            return _rounds.TryGetValue(target.Ingress, out var round) && round.IsOpen(target);
        }
    }

    // What has left serves nobody: it needs to prove nothing.
    private bool IsGone(ProbeTarget target) => !fleets.All.Any(fleet => GatewaysOf(fleet.Options).Contains(target.Gateway.Address));

    private void Close(ProbeTarget target)
    {
        Action? done = null;
        lock (_lock)
        {
            if (_rounds.TryGetValue(target.Ingress, out var round) && round.Close(target))
            {
                done = round.Done;
            }
        }

        done?.Invoke();
    }

    private async Task<bool> IsProvenAsync(ProbeTarget target, CancellationToken cancellationToken)
    {
        // A connection of its own: a kept one would go on to a listener that has been replaced.
        using var handler = HandlerFor(target);
        using var client = new HttpClient(handler) { Timeout = Limit };
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, target.Url);
            request.Headers.TryAddWithoutValidation("User-Agent", UserAgent);
            request.Headers.TryAddWithoutValidation(HeaderNames.NetworkProbe, ProbeValues.Ingress);
            request.Headers.TryAddWithoutValidation(HeaderNames.NetworkHash, "override");
            using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            var hash = answer.Headers.TryGetValues(HeaderNames.NetworkHash, out var values) ? values.First() : "";
            var isProof = ProbeRules.IsProof((int)answer.StatusCode, hash, target.Hash);
            metrics.Probed(isProof ? "proof" : "other");
            return isProof;
        }
        catch (Exception error) when (error is HttpRequestException or TaskCanceledException or UriFormatException && !cancellationToken.IsCancellationRequested)
        {
            metrics.Probed("error");
            return false;
        }
    }

    [System.Diagnostics.CodeAnalysis.SuppressMessage("Security", "CA5359", Justification = "The hash proves what is asked; a certificate that a client would refuse is no reason not to be ready.")]
    private static SocketsHttpHandler HandlerFor(ProbeTarget target) => new()
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        UseCookies = false,
        ActivityHeadersPropagator = null,
        ConnectTimeout = Limit,
        SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, _, _, _) => true },
        ConnectCallback = async (_, token) =>
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(target.Gateway, token);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        },
    };
}

using System.Collections.Concurrent;
using Knative.Xds.Autoscaler.Caching;
using Knative.Xds.Autoscaler.Collecting;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;

namespace Knative.Xds.Autoscaler.Reconciling;

/// <summary>Asks whether a revision's Service leads to activators: only then may its last pod go.</summary>
/// <remarks>Threading: safe. Source: knative/serving pkg/reconciler/autoscaling/kpa/scaler.go, activatorProbe. Upstream asks one address through DNS and kube-proxy; here every known endpoint must answer, and DNS is for where none are known.</remarks>
internal sealed class ActivatorProbe(ClusterCaches caches, LiveSettings settings, AutoscalerOptions options, TimeProvider time) : IActivatorProbe, IDisposable
{
    private const string H2c = "h2c";
    private const int MaxAnswerBytes = 64;
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<ObjectKey, bool> _background = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        ConnectTimeout = Timeout,
        // A connection that is kept would tell where traffic went before.
        PooledConnectionLifetime = TimeSpan.Zero,
    });

    /// <inheritdoc/>
    public async Task<bool> ProbeAsync(ScaleTarget target, CancellationToken cancellationToken)
    {
        if (target.Sks?.Status?.ServiceName is not { Length: > 0 } service)
        {
            return false;
        }

        var answers = await Task.WhenAll(Addresses(target, service).Select(address => AskAsync(address, cancellationToken)));
        return answers.All(isActivator => isActivator);
    }

    /// <inheritdoc/>
    public void ProbeInBackground(ScaleTarget target, BackgroundProbe probe, Action<ObjectKey> ended)
    {
        if (_background.TryAdd(target.Key, true))
        {
            _ = KeepProbingAsync(target, probe, ended, _stop.Token);
        }
    }

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
        _http.Dispose();
    }

    private async Task KeepProbingAsync(ScaleTarget target, BackgroundProbe probe, Action<ObjectKey> ended, CancellationToken cancellationToken)
    {
        try
        {
            var started = time.GetTimestamp();
            do
            {
                await Task.Delay(probe.Period, time, cancellationToken);
            }
            while (!await ProbeAsync(target, cancellationToken) && time.GetElapsedTime(started) < probe.Limit);
        }
        catch (OperationCanceledException)
        {
            return;
        }
        finally
        {
            // However it ends: the next that asks for it begins anew.
            _background.TryRemove(target.Key, out _);
        }

        ended(target.Key);
    }

    private List<string> Addresses(ScaleTarget target, string service)
    {
        var port = target.Pa.Spec.ProtocolType == H2c ? Ports.BackendHttp2 : Ports.BackendHttp;
        var key = new ObjectKey(target.Key.Namespace, service);
        // A mesh hides single addresses, not Services.
        var known = settings.Mesh is { Mode: MeshMode.Enabled } or { Passthrough: true } ? [] : SliceAddresses(key, port);
        if (known.Count == 0 && settings.Mesh.Mode != MeshMode.Enabled)
        {
            // Nobody mirrors Endpoints to slices yet, or at all.
            known = EndpointsAddresses(key, port);
        }

        return known.Count > 0
            ? known.ConvertAll(ip => $"http://{(ip.Contains(':', StringComparison.Ordinal) ? $"[{ip}]" : ip)}:{port}{ProbeValues.HealthPath}")
            : [BackgroundProbe.AddressOf(target, options.ClusterDomain)];
    }

    private List<string> SliceAddresses(ObjectKey service, int port) =>
    [
        .. caches.SlicesOf(service)
            .Where(slice => slice.Ports?.Any(candidate => candidate.Port == port) == true)
            .SelectMany(slice => slice.Endpoints ?? [])
            .Where(endpoint => endpoint.Conditions?.Ready != false)
            .SelectMany(endpoint => endpoint.Addresses)
            .Distinct(StringComparer.Ordinal),
    ];

    private List<string> EndpointsAddresses(ObjectKey service, int port) =>
        caches.PublicEndpoints.Store.TryGet(service, out var endpoints)
            ?
            [
                .. (endpoints.Subsets ?? [])
                    .Where(subset => subset.Ports?.Any(candidate => candidate.Port == port) == true)
                    .SelectMany(subset => subset.Addresses ?? [])
                    .Select(address => address.Ip)
                    .Distinct(StringComparer.Ordinal),
            ]
            : [];

    private async Task<bool> AskAsync(string address, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            request.Headers.TryAddWithoutValidation("User-Agent", ProbeValues.AutoscalerUserAgent);
            request.Headers.TryAddWithoutValidation(HeaderNames.NetworkProbe, ProbeValues.Activator);
            using var response = await _http.SendAsync(request, either.Token);
            if (response.StatusCode != System.Net.HttpStatusCode.OK)
            {
                return false;
            }

            var body = new byte[MaxAnswerBytes];
            await using var stream = await response.Content.ReadAsStreamAsync(either.Token);
            var length = await stream.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, either.Token);
            return System.Text.Encoding.UTF8.GetString(body, 0, length) == ProbeValues.Activator;
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            // Nobody is there, or the address is none.
            return false;
        }
    }
}

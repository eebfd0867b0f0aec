using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;
using Knative.Xds.Kube.Client;
using Knative.Xds.Kube.Watching;
using Knative.Xds.Sandbox.Composition;
using Knative.Xds.Scenarios.Rig;
using Microsoft.Extensions.Logging.Abstractions;

namespace Knative.Xds.Scenarios.ColdStart;

/// <summary>Asks revisions at zero, one after the other, and takes the time of every stage.</summary>
internal sealed class ColdStartRun : IAsyncDisposable
{
    private const string Namespace = "default";
    private const int FirstRequest = 4050;
    private const int Woken = 3005;
    private const int Scaled = 3000;
    private const int Backends = 4051;
    private const int UserPort = 8080;
    private static readonly TimeSpan ZeroLimit = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan SwitchLimit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan AcceptPoll = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);
    private readonly SandboxSystem _system;
    private readonly StageEvents _events;
    private readonly int _revisions;
    private readonly Informer<V1Pod> _pods;
    private readonly HttpClient _client;
    private readonly HttpClient _admin = new();
    private readonly CancellationTokenSource _ended = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<string>> _addresses = new(StringComparer.Ordinal);
    private Task _watching = Task.CompletedTask;

    public ColdStartRun(SandboxSystem system, StageEvents events, int revisions)
    {
        (_system, _events, _revisions) = (system, events, revisions);
        _client = new HttpClient { BaseAddress = system.GatewayAddress };
        _pods = new Informer<V1Pod>(system.Client, new ObjectQuery(Namespace, Labels.Revision), TimeProvider.System, NullLogger.Instance);
        _pods.OnChange(NoteAddress);
    }

    /// <summary>Starts every revision once: what is measured later is a system that runs.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _watching = _pods.RunAsync(_ended.Token);
        for (var revision = 0; revision < _revisions; revision++)
        {
            await StartOneAsync(revision, cancellationToken);
        }

        Progress.Say("every revision has started once, measuring");
    }

    /// <returns>One element per cycle; null where the request failed.</returns>
    public async Task<IReadOnlyList<ColdStartTimes?>> RunAsync(int cycles, CancellationToken cancellationToken)
    {
        var starts = new List<ColdStartTimes?>();
        for (var cycle = 0; cycle < cycles; cycle++)
        {
            var paused = GC.GetTotalPauseDuration();
            var start = await StartOneAsync(cycle % _revisions, cancellationToken);
            paused = GC.GetTotalPauseDuration() - paused;
            starts.Add(start);
            Progress.Say(start is null ? "failed" : string.Create(CultureInfo.InvariantCulture, $"{start.OverheadMs:0.0} ms: {string.Join(", ", ColdStartTimes.StageNames.Zip(start.StagesMs, (name, ms) => string.Create(CultureInfo.InvariantCulture, $"{name} {ms:0.0}")))}; collector {paused.TotalMilliseconds:0.0}"));
        }

        return starts;
    }

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await _watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _client.Dispose();
        _admin.Dispose();
        _ended.Dispose();
    }

    private async Task<ColdStartTimes?> StartOneAsync(int revision, CancellationToken cancellationToken)
    {
        var name = ColdRevisions.Name(revision);
        await WaitForZeroAsync(name, cancellationToken);
        _events.Clear();
        var address = _addresses[name] = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var accepting = AcceptedAsync(address.Task, cancellationToken);
        var sent = Stopwatch.GetTimestamp();
        if (await AskAsync(revision, cancellationToken) is not { } answered)
        {
            return null;
        }

        var accepted = await accepting;
        var pod = await address.Task;
        var switched = await SwitchedAsync(revision, cancellationToken);
        // What was not said took no time of its own: a tick that finds the request decides and patches at once.
        var probed = _events.First(Backends, pod) ?? answered;
        var patched = _events.First(Scaled, name) ?? accepted;
        var decided = _events.First(Woken, name) ?? patched;
        return new ColdStartTimes(sent, _events.First(FirstRequest, name) ?? decided, decided, patched, accepted, probed, answered, switched);
    }

    private void NoteAddress(ObjectChange<V1Pod> change)
    {
        if (change.New is { Status.PodIP: { Length: > 0 } address } pod && pod.Metadata.DeletionTimestamp is null && _addresses.TryGetValue(pod.GetLabel(Labels.Revision), out var waiting))
        {
            waiting.TrySetResult(address);
        }
    }

    // When the first request can be served at the earliest: the queue-proxy listens long before the user container does.
    private static async Task<long> AcceptedAsync(Task<string> address, CancellationToken cancellationToken)
    {
        var pod = IPAddress.Parse(await address.WaitAsync(cancellationToken));
        return await Task.Factory.StartNew(
            () =>
            {
                foreach (var port in new[] { Ports.BackendHttp, UserPort })
                {
                    while (!LocalPort.Accepts(new IPEndPoint(pod, port)) && !cancellationToken.WaitHandle.WaitOne(AcceptPoll))
                    {
                    }
                }

                return Stopwatch.GetTimestamp();
            },
            cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    // The answer's headers are its first bytes. Null when it is not 200.
    private async Task<long?> AskAsync(int revision, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { Host = ColdRevisions.Host(revision) } };
        using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        var answered = Stopwatch.GetTimestamp();
        await response.Content.ReadAsByteArrayAsync(cancellationToken);
        return response.IsSuccessStatusCode ? answered : null;
    }

    // Asks on until the activator does not see the request any more.
    private async Task<long> SwitchedAsync(int revision, CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        var before = await ActivatedAsync(revision, cancellationToken);
        while (Stopwatch.GetElapsedTime(start) < SwitchLimit)
        {
            var sent = Stopwatch.GetTimestamp();
            await AskAsync(revision, cancellationToken);
            var now = await ActivatedAsync(revision, cancellationToken);
            if (now == before)
            {
                return sent;
            }

            before = now;
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, cancellationToken);
        }

        throw new InvalidOperationException($"requests of {ColdRevisions.Name(revision)} still go to the activator after {SwitchLimit}");
    }

    private async Task<string> ActivatedAsync(int revision, CancellationToken cancellationToken)
    {
        var page = await _admin.GetStringAsync(new Uri(_system.ActivatorAdmin, "/metrics"), cancellationToken);
        var name = $"kn_revision_name=\"{ColdRevisions.Name(revision)}\"";
        return string.Join('\n', page.Split('\n').Where(line => line.StartsWith("http_server_request_duration_seconds_count", StringComparison.Ordinal) && line.Contains(name, StringComparison.Ordinal)));
    }

    private async Task WaitForZeroAsync(string revision, CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        while (!await IsAtZeroAsync(revision, cancellationToken))
        {
            if (Stopwatch.GetElapsedTime(start) > ZeroLimit)
            {
                throw new InvalidOperationException($"{revision} is not at zero after {ZeroLimit}");
            }

            await Task.Delay(Poll, TimeProvider.System, cancellationToken);
        }
    }

    private async Task<bool> IsAtZeroAsync(string revision, CancellationToken cancellationToken)
    {
        var ready = _system.View.Current().Ingresses.Any(ingress => ingress.Name == revision && ingress.Ready == "True");
        var deployment = ready ? await _system.Client.FindAsync<V1Deployment>(new ObjectKey(Namespace, revision + "-deployment"), cancellationToken) : null;
        return deployment?.Spec.Replicas == 0
            && _system.View.Current().Revisions.Any(view => view.Key.Name == revision && view is { Pods: 0, Mode: "Proxy" })
            && (await _system.Client.ListAsync<V1Pod>(new ObjectQuery(Namespace, $"{Labels.Revision}={revision}"), null, cancellationToken)).Items.Count == 0;
    }
}

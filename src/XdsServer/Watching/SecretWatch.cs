using k8s.Models;
using Knative.Xds.ControlPlane.Translation;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Client;
using Knative.Xds.Kube.Projections;
using Knative.Xds.Kube.Watching;

namespace Knative.Xds.XdsServer.Watching;

/// <summary>One Secret, watched by its name.</summary>
internal sealed class SecretWatch : IDisposable
{
    // A Secret that may not be read shall not keep the others waiting.
    private static readonly TimeSpan ForbiddenLimit = TimeSpan.FromSeconds(5);
    // An API that is merely slow is waited for: to serve without its certificates would take them from gateways that have them.
    private static readonly TimeSpan SilenceLimit = TimeSpan.FromMinutes(1);
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Informer<V1Secret> _informer;
    private readonly ObjectKey _key;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _turns;
    private readonly Action<ObjectKey> _changed;
    private readonly Lock _lock = new();
    private CertificateReading _reading;

    public SecretWatch(KubeClient client, ObjectKey key, TimeProvider time, ILogger logger, SemaphoreSlim turns, Action<ObjectKey> changed)
    {
        (_key, _time, _logger, _turns, _changed) = (key, time, logger, turns, changed);
        _informer = new(client, new ObjectQuery(key.Namespace, FieldSelector: $"metadata.name={key.Name}"), time, logger);
        _informer.OnChange(OnChange);
    }

    public CertificateReading Reading
    {
        get
        {
            lock (_lock)
            {
                return _reading;
            }
        }
    }

    /// <summary>Completes with the first reading.</summary>
    public Task Loaded => _loaded.Task;

    public void Start() => _ = RunAsync();

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
        _loaded.TrySetResult();
    }

    private async Task RunAsync()
    {
        var token = _stop.Token;
        try
        {
            await _turns.WaitAsync(token);
            var running = _informer.RunAsync(token);
            try
            {
                await ReadFirstAsync(token);
            }
            finally
            {
                _turns.Release();
            }

            if (!_informer.Synced.IsCompleted)
            {
                await _informer.Synced;
                NoteAbsence();
            }

            await running;
        }
        catch (OperationCanceledException) when (token.IsCancellationRequested)
        {
            // Nobody names it any more.
        }
    }

    private async Task ReadFirstAsync(CancellationToken cancellationToken)
    {
        for (var waited = TimeSpan.Zero; waited < SilenceLimit; waited += ForbiddenLimit)
        {
            try
            {
                await _informer.Synced.WaitAsync(ForbiddenLimit, _time, cancellationToken);
                NoteAbsence();
                return;
            }
            catch (TimeoutException) when (!_informer.IsForbidden)
            {
                // It may yet answer.
            }
            catch (TimeoutException)
            {
                break;
            }
        }

        Note(null, $"cannot be read: {_informer.Failure ?? "the API does not answer"}");
    }

    /// <remarks>No change tells of what was never there.</remarks>
    private void NoteAbsence()
    {
        if (!_informer.Store.TryGet(_key, out _))
        {
            Note(null, "does not exist");
        }
    }

    private void OnChange(ObjectChange<V1Secret> change)
    {
        // Not every API knows field selectors on metadata.name.
        if (change.Key != _key)
        {
            return;
        }

        var projected = change.New is null ? null : CertificateProjection.Project(change.New);
        Note(projected?.Value, projected is null ? "does not exist" : projected.Problems is [var first, ..] ? $"is unusable: {first.Message.TrimEnd('.')}" : null);
    }

    /// <summary>Keeps the last good certificate beside a fault: a typing error in a Secret must not close doors that were open.</summary>
    private void Note(CertificatePair? pair, string? fault)
    {
        lock (_lock)
        {
            if (fault == _reading.Fault && pair is null)
            {
                return;
            }

            _reading = new(pair ?? _reading.Pair, fault);
        }

        if (fault is not null)
        {
            XdsLog.SecretUnusable(_logger, _key, fault);
        }

        // Whoever waits for the first reading knows then that it has been told.
        _changed(_key);
        _loaded.TrySetResult();
    }
}

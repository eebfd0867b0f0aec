using k8s.Models;
using Knative.Xds.ControlPlane.Translation;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Client;
using Knative.Xds.Kube.Projections;
using Knative.Xds.Kube.Watching;

namespace Knative.Xds.XdsServer.Watching;

/// <summary>One Secret, watched by its name; or with the others of its label, for as long as it is among them.</summary>
internal sealed class SecretWatch : IDisposable
{
    // A Secret that may not be read shall not keep the others waiting.
    private static readonly TimeSpan ForbiddenLimit = TimeSpan.FromSeconds(5);
    // An API that is merely slow is waited for: to serve without its certificates would take them from gateways that have them.
    private static readonly TimeSpan SilenceLimit = TimeSpan.FromMinutes(1);
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    // Completes when it is not among those of the label any more.
    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly KubeClient _client;
    private readonly LabelledSecrets _labelled;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _turns;
    private readonly Action<ObjectKey> _changed;
    // Held while a certificate is tried: an older one must not be noted after a newer one.
    private readonly Lock _order = new();
    private readonly Lock _lock = new();
    private CertificateReading _reading;
    private V1Secret? _newest;
    private bool _isLabelled;
    private bool _hasLeft;

    public SecretWatch(KubeClient client, ObjectKey key, LabelledSecrets labelled, TimeProvider time, ILogger logger, SemaphoreSlim turns, Action<ObjectKey> changed) =>
        (_client, Key, _labelled, _time, _logger, _turns, _changed) = (client, key, labelled, time, logger, turns, changed);

    /// <summary>Its name.</summary>
    public ObjectKey Key { get; }

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

    private bool IsLabelled
    {
        get
        {
            lock (_lock)
            {
                return _isLabelled;
            }
        }
    }

    /// <summary>Starts to watch.</summary>
    /// <param name="hasLabel">It may be among those of the label, to which it has been added.</param>
    public void Start(bool hasLabel) => _ = RunAsync(hasLabel);

    /// <summary>Takes the Secret from among those of the label; null when it is there no more. One call at a time.</summary>
    public void Take(V1Secret? secret)
    {
        lock (_lock)
        {
            if (_hasLeft)
            {
                return;
            }

            (_newest, _isLabelled, _hasLeft) = (secret, true, secret is null);
        }

        if (secret is null)
        {
            _left.TrySetResult();
        }
        else
        {
            // Thousands come at once, and to try a certificate takes longer than to read it.
            _ = Task.Run(ReadNewest);
        }
    }

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
        _labelled.Remove(this);
        _loaded.TrySetResult();
    }

    private async Task RunAsync(bool hasLabel)
    {
        var token = _stop.Token;
        try
        {
            if (hasLabel)
            {
                await FollowLabelAsync(token);
            }

            await FollowNameAsync(token);
        }
        catch (OperationCanceledException) when (token.IsCancellationRequested)
        {
            // Nobody names it any more.
        }
    }

    /// <summary>Returns when it is not, or not any more, among those of the label: it may lack it, or be gone.</summary>
    private async Task FollowLabelAsync(CancellationToken cancellationToken)
    {
        if (await _labelled.ListedAsync().WaitAsync(cancellationToken) && IsLabelled)
        {
            await _left.Task.WaitAsync(cancellationToken);
        }

        _labelled.Remove(this);
        // What is read by name is newer than whatever is still being read, or to be.
        lock (_order)
            lock (_lock)
            {
                (_newest, _hasLeft) = (null, true);
            }
    }

    private async Task FollowNameAsync(CancellationToken cancellationToken)
    {
        var informer = new Informer<V1Secret>(_client, new ObjectQuery(Key.Namespace, FieldSelector: $"metadata.name={Key.Name}"), _time, _logger);
        informer.OnChange(change =>
        {
            // Not every API knows field selectors on metadata.name.
            if (change.Key == Key)
            {
                Read(change.New);
            }
        });
        await _turns.WaitAsync(cancellationToken);
        var running = informer.RunAsync(cancellationToken);
        try
        {
            await ReadFirstAsync(informer, cancellationToken);
        }
        finally
        {
            _turns.Release();
        }

        if (!informer.Synced.IsCompleted)
        {
            await informer.Synced;
            NoteAbsence(informer);
        }

        await running;
    }

    private async Task ReadFirstAsync(Informer<V1Secret> informer, CancellationToken cancellationToken)
    {
        for (var waited = TimeSpan.Zero; waited < SilenceLimit; waited += ForbiddenLimit)
        {
            try
            {
                await informer.Synced.WaitAsync(ForbiddenLimit, _time, cancellationToken);
                NoteAbsence(informer);
                return;
            }
            catch (TimeoutException) when (!informer.IsForbidden)
            {
                // It may yet answer.
            }
            catch (TimeoutException)
            {
                break;
            }
        }

        Note(null, $"cannot be read: {informer.Failure ?? "the API does not answer"}");
    }

    /// <remarks>No change tells of what was never there.</remarks>
    private void NoteAbsence(Informer<V1Secret> informer)
    {
        if (!informer.Store.TryGet(Key, out _))
        {
            Note(null, "does not exist");
        }
    }

    private void ReadNewest()
    {
        lock (_order)
        {
            if (TakeNewest() is { } newest)
            {
                Read(newest);
            }
        }
    }

    private V1Secret? TakeNewest()
    {
        lock (_lock)
        {
            var newest = _newest;
            _newest = null;
            return newest;
        }
    }

    private void Read(V1Secret? secret)
    {
        lock (_order)
        {
            var projected = secret is null ? null : CertificateProjection.Project(secret);
            Note(projected?.Value, projected is null ? "does not exist" : projected.Problems is [var first, ..] ? $"is unusable: {first.Message.TrimEnd('.')}" : null);
        }
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
            XdsLog.SecretUnusable(_logger, Key, fault);
        }

        // Whoever waits for the first reading knows then that it has been told.
        _changed(Key);
        _loaded.TrySetResult();
    }
}

using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;
using Knative.Xds.Kube.Client;
using Knative.Xds.Kube.Projections;
using Knative.Xds.Kube.Watching;

namespace Knative.Xds.XdsServer.Watching;

/// <summary>The authorities of activators and queue-proxies, watched for as long as they are wanted (system-internal-tls).</summary>
/// <remarks>Threading: the owner loop wants and reads; <see cref="Changed"/> fires on a watcher's task.</remarks>
internal sealed class InternalAuthorities(KubeClient client, XdsServerOptions options, TimeProvider time, ILogger<InternalAuthorities> logger) : IDisposable
{
    // An API that refuses or is silent shall not keep a server from starting.
    private static readonly TimeSpan FirstReadLimit = TimeSpan.FromSeconds(5);
    private readonly ObjectKey _secretKey = new(options.SystemNamespace, SystemNames.RoutingCertificates);
    private readonly Lock _lock = new();
    private volatile string _pem = "";
    private volatile Watch? _watch;

    /// <summary>Takes every change; set before they are wanted.</summary>
    public Action Changed { get; set; } = () => { };

    /// <summary>Certificates, PEM, each once, sorted; empty when there is none, or none is wanted.</summary>
    public string Pem => _pem;

    /// <summary>Why there is none: a half sentence.</summary>
    public string Fault => $"Secret {_secretKey} has no certificate in ca.crt, and no ConfigMap with the label {Labels.TrustBundle} in {options.SystemNamespace} has one";

    /// <summary>Starts or stops watching.</summary>
    public void Want(bool wanted)
    {
        if (wanted && _watch is null)
        {
            _watch = new Watch(client, _secretKey, time, logger, Read);
            _watch.Start();
        }
        else if (!wanted)
        {
            Dispose();
        }
    }

    /// <summary>Completes when what is wanted has been read, or could not be.</summary>
    public Task LoadedAsync() => _watch?.LoadedAsync() ?? Task.CompletedTask;

    /// <inheritdoc/>
    public void Dispose()
    {
        var watch = _watch;
        lock (_lock)
        {
            _watch = null;
            _pem = "";
        }

        watch?.Dispose();
    }

    private void Read(Watch watch)
    {
        lock (_lock)
        {
            if (!watch.IsComplete || _watch != watch)
            {
                return;
            }

            var read = watch.Read();
            foreach (var problem in read.Problems)
            {
                XdsLog.AuthorityUnusable(logger, problem);
            }

            if (read.Value == _pem)
            {
                return;
            }

            _pem = read.Value!;
        }

        Changed();
    }

    private sealed class Watch : IDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Informer<V1Secret> _secret;
        private readonly Informer<V1ConfigMap> _bundles;
        private readonly ObjectKey _key;
        private readonly TimeProvider _time;
        private readonly Action<Watch> _changed;
        private Task _synced = Task.CompletedTask;
        private volatile bool _isSynced;

        public Watch(KubeClient client, ObjectKey key, TimeProvider time, ILogger logger, Action<Watch> changed)
        {
            (_key, _time, _changed) = (key, time, changed);
            _secret = new(client, new ObjectQuery(key.Namespace, FieldSelector: $"metadata.name={key.Name}"), time, logger);
            _bundles = new(client, new ObjectQuery(key.Namespace, LabelSelector: Labels.TrustBundle), time, logger);
            _secret.OnChange(_ => changed(this));
            _bundles.OnChange(_ => changed(this));
        }

        public void Start()
        {
            _ = Task.WhenAll(_secret.RunAsync(_stop.Token), _bundles.RunAsync(_stop.Token));
            _synced = SyncAsync();
        }

        public bool IsComplete => _isSynced;

        public Projected<string> Read() => TrustBundleProjection.Project(
            _secret.Store.TryGet(_key, out var secret) ? secret : null,
            _bundles.Store.List().OrderBy(bundle => bundle.Metadata.Name, StringComparer.Ordinal));

        public async Task LoadedAsync()
        {
            try
            {
                await _synced.WaitAsync(FirstReadLimit, _time);
            }
            catch (TimeoutException)
            {
                // What it says when it answers is a change.
            }
        }

        public void Dispose()
        {
            _stop.Cancel();
            _stop.Dispose();
        }

        private async Task SyncAsync()
        {
            try
            {
                await Task.WhenAll(_secret.Synced, _bundles.Synced);
                _isSynced = true;
                _changed(this);
            }
            catch (OperationCanceledException)
            {
                // They are not wanted any more.
            }
        }
    }
}

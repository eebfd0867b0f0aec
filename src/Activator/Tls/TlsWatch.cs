using k8s.Models;
using Knative.Xds.Activation.Configuration;
using Knative.Xds.Activation.Revisions;
using Knative.Xds.Kube.Client;
using Knative.Xds.Kube.Watching;

namespace Knative.Xds.Activation.Tls;

/// <summary>Follows the activator's certificate and the authorities that it trusts, from the moment on when config-network asks for TLS inside the system.</summary>
/// <remarks>Source: knative/serving pkg/activator/certificate.</remarks>
internal sealed class TlsWatch
{
    private const string Secret = "routing-serving-certs";
    private const string Bundle = "networking.knative.dev/trust-bundle";
    private const string Authorities = "ca.crt";
    private readonly TaskCompletionSource _wanted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly LiveSettings _settings;
    private readonly Informer<V1Secret> _secrets;
    private readonly Informer<V1ConfigMap> _bundles;

    public TlsWatch(KubeWatchContext context, CertificateStore certificates, LiveSettings settings, ActivatorOptions options)
    {
        _settings = settings;
        _secrets = context.Informer<V1Secret>(new ObjectQuery(options.SystemNamespace, FieldSelector: $"metadata.name={Secret}"));
        _bundles = context.Informer<V1ConfigMap>(new ObjectQuery(options.SystemNamespace, LabelSelector: Bundle));
        _secrets.OnChange(change => Take(certificates, change.New));
        _bundles.OnChange(change => certificates.SetAuthorities($"ConfigMap {change.Key}", change.New is null ? null : string.Join('\n', (change.New.Data ?? new Dictionary<string, string>()).Values)));
        settings.NetworkChanged += Note;
    }

    /// <summary>Completes when the certificates are known; at once while TLS is not asked for.</summary>
    public Task Synced => _settings.Network.SystemInternalTls ? Task.WhenAll(_secrets.Synced, _bundles.Synced) : Task.CompletedTask;

    /// <summary>Runs until the token fires.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        Note();
        await _wanted.Task.WaitAsync(cancellationToken);
        await Task.WhenAll(_secrets.RunAsync(cancellationToken), _bundles.RunAsync(cancellationToken));
    }

    private void Note()
    {
        if (_settings.Network.SystemInternalTls)
        {
            _wanted.TrySetResult();
        }
    }

    private static void Take(CertificateStore certificates, V1Secret? secret)
    {
        // Not every API knows field selectors on metadata.name. A Secret that is gone leaves what it held.
        if (secret?.Metadata.Name != Secret || secret.Data is not { } data)
        {
            return;
        }

        certificates.SetOwn(data.TryGetValue("tls.crt", out var chain) ? chain : null, data.TryGetValue("tls.key", out var key) ? key : null);
        if (data.TryGetValue(Authorities, out var authorities))
        {
            certificates.SetAuthorities($"Secret {Secret}", System.Text.Encoding.UTF8.GetString(authorities));
        }
    }
}

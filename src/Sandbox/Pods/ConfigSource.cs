using System.Text;
using k8s;
using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Client;

namespace Knative.Xds.Sandbox.Pods;

/// <summary>Reads the ConfigMaps and Secrets of one namespace that an environment refers to, each once.</summary>
internal sealed class ConfigSource(KubeClient client, string @namespace)
{
    private readonly Dictionary<(bool Secret, string Name), IReadOnlyDictionary<string, string>?> _read = [];

    /// <summary>Data of a ConfigMap; null when there is none.</summary>
    public Task<IReadOnlyDictionary<string, string>?> ConfigMapAsync(string name, CancellationToken cancellationToken) =>
        ReadAsync<V1ConfigMap>(false, name, map => map.Data, cancellationToken);

    /// <summary>Data of a Secret as text; null when there is none.</summary>
    public Task<IReadOnlyDictionary<string, string>?> SecretAsync(string name, CancellationToken cancellationToken) =>
        ReadAsync<V1Secret>(true, name, secret => secret.Data?.ToDictionary(entry => entry.Key, entry => Encoding.UTF8.GetString(entry.Value)), cancellationToken);

    private async Task<IReadOnlyDictionary<string, string>?> ReadAsync<T>(bool secret, string name, Func<T, IDictionary<string, string>?> data, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        if (!_read.TryGetValue((secret, name), out var found))
        {
            var stored = await client.FindAsync<T>(new ObjectKey(@namespace, name), cancellationToken);
            found = stored is null ? null : new Dictionary<string, string>(data(stored) ?? new Dictionary<string, string>(), StringComparer.Ordinal);
            _read[(secret, name)] = found;
        }

        return found;
    }
}

using System.Collections.Concurrent;
using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;
using Knative.Xds.Kube.Client;
using Knative.Xds.Kube.Watching;

namespace Knative.Xds.XdsServer.Watching;

/// <summary>The Secrets with the label of Knative's own certificates, by one list and one watch of them all: thousands by name are more than an API likes to be asked for.</summary>
/// <remarks>Begins when it is first asked. Of those that nobody follows nothing is kept but that they are there. Threading: safe.</remarks>
internal sealed class LabelledSecrets : IDisposable
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<ObjectKey, SecretWatch> _followers = new();
    private readonly Informer<V1Secret> _informer;
    private readonly TimeProvider _time;
    private readonly Lazy<Task<bool>> _listed;

    public LabelledSecrets(KubeClient client, TimeProvider time, ILogger logger)
    {
        _time = time;
        _informer = new(client, new ObjectQuery(LabelSelector: Labels.CertificateUid), time, logger) { Kept = Head };
        _informer.OnChange(change =>
        {
            if (_followers.TryGetValue(change.Key, out var follower))
            {
                follower.Take(change.New);
            }
        });
        _listed = new(ListAsync);
    }

    /// <summary>Lets a watch be given its Secret, now and whenever it changes; before the list, so that it is given what the list says.</summary>
    public void Add(SecretWatch follower) => _followers[follower.Key] = follower;

    /// <summary>Gives it nothing any more.</summary>
    public void Remove(SecretWatch follower) => _followers.TryRemove(new(follower.Key, follower));

    /// <summary>Completes when all have been listed; false when they cannot be.</summary>
    public Task<bool> ListedAsync() => _listed.Value;

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
    }

    private async Task<bool> ListAsync()
    {
        var token = _stop.Token;
        _ = _informer.RunAsync(token);
        for (var waited = TimeSpan.Zero; waited < Limit && !_informer.IsForbidden; waited += Step)
        {
            try
            {
                await _informer.Synced.WaitAsync(Step, _time, token);
                return true;
            }
            catch (TimeoutException)
            {
                // It may yet answer.
            }
            catch (OperationCanceledException) when (token.IsCancellationRequested)
            {
                return false;
            }
        }

        // Whoever may read Secrets by name alone reads them so.
        await _stop.CancelAsync();
        return false;
    }

    private static V1Secret Head(V1Secret secret) => new()
    {
        Metadata = new V1ObjectMeta { NamespaceProperty = secret.Metadata.NamespaceProperty, Name = secret.Metadata.Name, Uid = secret.Metadata.Uid, ResourceVersion = secret.Metadata.ResourceVersion },
    };
}

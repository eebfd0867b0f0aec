using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Client;
using Knative.Xds.Kube.Watching;
using Knative.Xds.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Knative.Xds.Integration.Kube;

/// <summary>The client and the informer against a real kube-apiserver.</summary>
public sealed class KubeClientTests(RealApiServer api) : IClassFixture<RealApiServer>
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task Crud_ConfigMap_WholeLife()
    {
        var client = api.Client;
        var key = new ObjectKey("default", "crud");
        Assert.Null(await client.FindAsync<V1ConfigMap>(key, None));
        var made = await client.CreateAsync(Map("crud", "one"), None);
        Assert.Equal(("v1", "ConfigMap"), (made.ApiVersion, made.Kind));
        made.Data["a"] = "two";
        var replaced = await client.ReplaceAsync(made, None);
        Assert.Equal("two", replaced.Data["a"]);
        var conflict = await Assert.ThrowsAsync<KubeException>(() => client.ReplaceAsync(made, None));
        Assert.True(conflict.IsConflict);
        Assert.Equal("Conflict", conflict.Status?.Reason);
        var patched = await client.PatchAsync<V1ConfigMap>(key, new V1Patch("""{"data":{"a":null,"b":"3"}}""", V1Patch.PatchType.MergePatch), null, None);
        Assert.Equal(["b"], patched.Data.Keys);
        var applied = await client.ApplyAsync(Map("crud", "four"), None);
        Assert.Equal("four", applied.Data["a"]);
        Assert.True(await client.DeleteAsync<V1ConfigMap>(key, None));
        Assert.False(await client.DeleteAsync<V1ConfigMap>(key, None));
    }

    [Fact]
    public async Task Create_Refused_ThrowsWithTheApisReason()
    {
        var refusal = await Assert.ThrowsAsync<KubeException>(() => api.Client.CreateAsync(Map("Not A Name", "x"), None));
        Assert.Equal((422, "Invalid"), (refusal.StatusCode, refusal.Status?.Reason));
        Assert.Contains("metadata.name", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Subresources_StatusAndScaleOfADeployment_AreWrittenAlone()
    {
        var client = api.Client;
        var made = await client.CreateAsync(Deployment("sub"), None);
        made.Status = new V1DeploymentStatus { Replicas = 3, ObservedGeneration = 1 };
        made.Spec.Replicas = 7;
        var written = await client.ReplaceStatusAsync(made, None);
        Assert.Equal((3, 1), (written.Status.Replicas, written.Spec.Replicas));
        var scaled = await client.PatchAsync<V1Deployment>(new ObjectKey("default", "sub"), new V1Patch("""{"spec":{"replicas":5}}""", V1Patch.PatchType.MergePatch), "scale", None);
        Assert.Equal(5, scaled.Spec.Replicas);
        Assert.Equal(5, (await client.FindAsync<V1Deployment>(new ObjectKey("default", "sub"), None))?.Spec.Replicas);
    }

    [Fact]
    public async Task List_MoreThanAPage_ContinuesUntilAllAreRead()
    {
        using var client = KubeClient.Create(new KubeClientOptions { Kubeconfig = api.Kubeconfig, PageSize = 50 });
        await Parallel.ForEachAsync(Enumerable.Range(0, 70), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, token) =>
            await client.CreateAsync(Map($"page-{i}", "x", "paged"), token));
        var first = await client.ListAsync<V1ConfigMap>(new ObjectQuery("default", "team=paged"), null, None);
        var second = await client.ListAsync<V1ConfigMap>(new ObjectQuery("default", "team=paged"), first.ContinueToken, None);
        Assert.Equal((50, 20), (first.Items.Count, second.Items.Count));
        Assert.Null(second.ContinueToken);
        Assert.Equal("ConfigMap", first.Items[0].Kind);
        Assert.Equal(70, (await api.Client.ListAsync<V1ConfigMap>(new ObjectQuery("default", "team=paged"), null, None)).Items.Count);
    }

    [Fact]
    public async Task Informer_CreateChangeDelete_FollowsTheApi()
    {
        using var stop = new CancellationTokenSource();
        var client = api.Client;
        await client.CreateAsync(Map("before", "x", "informed"), None);
        var informer = new Informer<V1ConfigMap>(client, new ObjectQuery("default", "team=informed"), TimeProvider.System, NullLogger.Instance);
        informer.Store.AddIndex("value", map => [map.Data["a"]]);
        var run = informer.RunAsync(stop.Token);
        await informer.Synced.Within(Limit);
        Assert.Equal("before", Assert.Single(informer.Store.List()).Metadata.Name);

        var made = await client.CreateAsync(Map("during", "one", "informed"), None);
        await Eventually.TrueAsync(() => informer.Store.ByIndex("value", "one").Count == 1, Limit);
        made.Data["a"] = "two";
        await client.ReplaceAsync(made, None);
        await Eventually.TrueAsync(() => informer.Store.ByIndex("value", "two").Count == 1, Limit);
        await client.DeleteAsync<V1ConfigMap>(new ObjectKey("default", "during"), None);
        await Eventually.TrueAsync(() => informer.Store.Count == 1, Limit);

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.Within(Limit));
    }

    private static V1ConfigMap Map(string name, string value, string team = "none") => new()
    {
        Metadata = new V1ObjectMeta { NamespaceProperty = "default", Name = name, Labels = new Dictionary<string, string> { ["team"] = team } },
        Data = new Dictionary<string, string> { ["a"] = value },
    };

    private static V1Deployment Deployment(string name) => new()
    {
        Metadata = new V1ObjectMeta { NamespaceProperty = "default", Name = name },
        Spec = new V1DeploymentSpec
        {
            Replicas = 1,
            Selector = new V1LabelSelector { MatchLabels = new Dictionary<string, string> { ["app"] = name } },
            Template = new V1PodTemplateSpec
            {
                Metadata = new V1ObjectMeta { Labels = new Dictionary<string, string> { ["app"] = name } },
                Spec = new V1PodSpec { Containers = [new V1Container { Name = "c", Image = "i" }] },
            },
        },
    };
}

using System.Net;
using System.Text.Json.Nodes;
using k8s.Models;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Api;
using Knative.Xds.Kube.Client;
using Knative.Xds.Testing;
using Knative.Xds.Testing.Gateways;
using Knative.Xds.XdsServer.Reporting;

namespace Knative.Xds.Integration.Xds;

/// <summary>Ingresses that net-kourier has reconciled before: they carry its finalizer.</summary>
public sealed class KourierFinalizerTests
{
    private const string Other = "example.com/mine";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Deleted_IsGoneAndSoAreItsRoutes()
    {
        await using var stack = await StartAsync();
        await using var gateway = await TestGateway.ConnectAsync(stack.XdsPort);
        await stack.IngressAsync("left", "left.example.com", ("svc", 100));
        await stack.ConditionAsync("left", "Ready", "True");
        await FinalizeAsync(stack, "left", KourierFinalizer.Name);
        Assert.True(gateway.Holds(ResourceType.RouteConfiguration, "default/left/external"));

        await DeleteAsync(stack, "left");

        await Eventually.TrueAsync(async () => await FindAsync(stack, "left") is null, XdsStack.Limit);
        await Eventually.TrueAsync(() => !gateway.Holds(ResourceType.RouteConfiguration, "default/left/external"), XdsStack.Limit);
        // It is counted once the API's answer is here.
        await Eventually.TrueAsync(async () => await stack.MetricAsync(Taken("written")) == 1, XdsStack.Limit);
    }

    [Fact]
    public async Task Deleted_ApiRefuses_IsNoFailedStatusAndIsTriedAgain()
    {
        using var door = new PatchDoor { IsClosed = true };
        await using var stack = await StartAsync(election: false, address => KubeClients.Through(door, address));
        await stack.IngressAsync("kept", "kept.example.com", ("svc", 100));
        await stack.ConditionAsync("kept", "NetworkConfigured", "True");
        await FinalizeAsync(stack, "kept", KourierFinalizer.Name);

        await DeleteAsync(stack, "kept");

        await Eventually.TrueAsync(async () => await stack.MetricAsync(Taken("error")) >= 1, XdsStack.Limit);
        Assert.Null(await stack.MetricAsync("kxds_ingress_status_writes_total{result=\"error\"}"));
        Assert.NotNull(await FindAsync(stack, "kept"));
        door.IsClosed = false;
        await Eventually.TrueAsync(async () => await FindAsync(stack, "kept") is null, XdsStack.Limit);
    }

    [Fact]
    public async Task PatchOfTheManual_TakesItOffAndNoOther()
    {
        await using var stack = await StartAsync();
        await stack.IngressAsync("theirs", "another.class", null, ["theirs.example.com"], ("svc", 100));
        var patch = new V1Patch(PatchIn(File.ReadAllText(Path.Combine(Vectors.RepositoryRoot(), "docs", "operations.md"))), V1Patch.PatchType.JsonPatch);

        await FinalizeAsync(stack, "theirs", Other, KourierFinalizer.Name);
        await Assert.ThrowsAsync<KubeException>(() => stack.Client.PatchAsync<KIngress>(new ObjectKey(XdsStack.Namespace, "theirs"), patch, null, Cancel));
        Assert.Equal([Other, KourierFinalizer.Name], (await FindAsync(stack, "theirs"))!.Metadata.Finalizers);

        await FinalizeAsync(stack, "theirs", KourierFinalizer.Name, Other);
        await stack.Client.PatchAsync<KIngress>(new ObjectKey(XdsStack.Namespace, "theirs"), patch, null, Cancel);
        Assert.Equal([Other], (await FindAsync(stack, "theirs"))!.Metadata.Finalizers);
    }

    [Fact]
    public async Task Deleted_FinalizersOfOthersStay()
    {
        await using var stack = await StartAsync();
        await stack.IngressAsync("shared", "shared.example.com", ("svc", 100));
        await FinalizeAsync(stack, "shared", Other, KourierFinalizer.Name);

        await DeleteAsync(stack, "shared");

        await Eventually.TrueAsync(async () => (await FindAsync(stack, "shared"))!.Metadata.Finalizers is [Other], XdsStack.Limit);
    }

    [Fact]
    public async Task Deleted_NotOurs_IsLeftAlone()
    {
        await using var stack = await StartAsync();
        await stack.IngressAsync("theirs", "another.class", null, ["theirs.example.com"], ("svc", 100));
        await FinalizeAsync(stack, "theirs", KourierFinalizer.Name);
        await DeleteAsync(stack, "theirs");
        await stack.IngressAsync("ours", "ours.example.com", ("svc", 100));
        await FinalizeAsync(stack, "ours", KourierFinalizer.Name);

        await DeleteAsync(stack, "ours");
        await Eventually.TrueAsync(async () => await FindAsync(stack, "ours") is null, XdsStack.Limit);

        Assert.Equal([KourierFinalizer.Name], (await FindAsync(stack, "theirs"))!.Metadata.Finalizers);
    }

    [Fact]
    public async Task NotDeleted_KeepsIt()
    {
        await using var stack = await StartAsync();
        await stack.IngressAsync("stays", "stays.example.com", ("svc", 100));
        await FinalizeAsync(stack, "stays", KourierFinalizer.Name);
        await stack.IngressAsync("goes", "goes.example.com", ("svc", 100));
        await FinalizeAsync(stack, "goes", KourierFinalizer.Name);

        await DeleteAsync(stack, "goes");
        await Eventually.TrueAsync(async () => await FindAsync(stack, "goes") is null, XdsStack.Limit);

        Assert.Equal([KourierFinalizer.Name], (await FindAsync(stack, "stays"))!.Metadata.Finalizers);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task DeletedWhileNoServerRan_IsGoneAfterTheStart(bool election)
    {
        await using var stack = await StartAsync(election);
        await stack.IngressAsync("late", "late.example.com", ("svc", 100));
        await FinalizeAsync(stack, "late", KourierFinalizer.Name);
        await stack.StopServerAsync();
        await DeleteAsync(stack, "late");
        Assert.NotNull(await FindAsync(stack, "late"));

        await stack.RestartAsync();

        await Eventually.TrueAsync(async () => await FindAsync(stack, "late") is null, XdsStack.Limit);
    }

    private static string Taken(string result) => $"kxds_ingress_finalizers_taken_off_total{{result=\"{result}\"}}";

    /// <summary>What stands between the quotes of the manual's command.</summary>
    private static string PatchIn(string manual)
    {
        var from = manual.IndexOf("-p '[{\"op\":\"test\"", StringComparison.Ordinal) + 4;
        return manual[from..manual.IndexOf('\'', from)];
    }

    private static async Task<XdsStack> StartAsync(bool election = true, Func<Uri, KubeClient>? client = null)
    {
        var stack = await XdsStack.StartAsync(options => options.LeaderElection = election, client);
        await stack.ServiceAsync("svc", 9000);
        return stack;
    }

    private static Task<KIngress> FinalizeAsync(XdsStack stack, string ingress, params string[] finalizers)
    {
        var patch = new JsonObject { ["metadata"] = new JsonObject { ["finalizers"] = new JsonArray([.. finalizers.Select(name => JsonValue.Create(name))]) } };
        return stack.Client.PatchAsync<KIngress>(new ObjectKey(XdsStack.Namespace, ingress), new V1Patch(patch.ToJsonString(), V1Patch.PatchType.MergePatch), null, Cancel);
    }

    private static Task<KIngress?> FindAsync(XdsStack stack, string ingress) => stack.Client.FindAsync<KIngress>(new ObjectKey(XdsStack.Namespace, ingress), Cancel);

    private static Task<bool> DeleteAsync(XdsStack stack, string ingress) => stack.Client.DeleteAsync<KIngress>(new ObjectKey(XdsStack.Namespace, ingress), Cancel);

    /// <summary>The way to the API, closed for patches while the test says so: as when the right to patch is not granted.</summary>
    private sealed class PatchDoor() : DelegatingHandler(new SocketsHttpHandler { UseProxy = false })
    {
        private volatile bool _isClosed;

        public bool IsClosed
        {
            get => _isClosed;
            set => _isClosed = value;
        }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => IsClosed && request.Method == HttpMethod.Patch
            ? Task.FromResult(new HttpResponseMessage(HttpStatusCode.Forbidden) { Content = new StringContent("no") })
            : base.SendAsync(request, cancellationToken);
    }
}

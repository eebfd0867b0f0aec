using System.Diagnostics;
using System.Text.RegularExpressions;
using k8s.Models;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.Core.Wire;
using Knative.Xds.Hosting;
using Knative.Xds.Integration.Api;
using Knative.Xds.Kube.Api;
using Knative.Xds.Kube.Crds;
using Knative.Xds.Kube.Status;
using Knative.Xds.Testing;
using Knative.Xds.Testing.Gateways;
using Knative.Xds.XdsServer;
using Microsoft.Extensions.Logging;

namespace Knative.Xds.Integration.Xds;

/// <summary>deploy/xds-server.yaml and deploy/gateway.yaml on a real Kubernetes API, and a server that may do what the former grants and no more.</summary>
public sealed partial class DeployedXdsServerTests(RealApiServer api) : IClassFixture<RealApiServer>
{
    private const string Account = "kxds-xds-server";
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "deploy");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("xds-server.yaml", "deployment.apps/")]
    [InlineData("gateway.yaml", "deployment.apps/")]
    [InlineData("kourier-network-policy.yaml", "networkpolicy.networking.k8s.io/")]
    public async Task Manifests_DryRunOnTheServer_AreTaken(string file, string kind)
    {
        await ApplyAsync("xds-server.yaml");

        var output = await NewKubectl().RunAsync($"apply --dry-run=server --validate=strict -f {Path.Combine(Folder, file)}");

        Assert.DoesNotContain("exit", output, StringComparison.Ordinal);
        Assert.Contains(kind, output, StringComparison.Ordinal);
        Assert.DoesNotContain("Warning", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Manifests_Applied_GrantAllThatAServerNeeds()
    {
        await CrdInstaller.EnsureAsync(api.Client, Token);
        await ApplyAsync("xds-server.yaml");
        var options = new XdsServerOptions { Kubeconfig = await WriteKubeconfigAsync(), AdminListen = "127.0.0.1:0", Listen = "127.0.0.1:0", PodName = "kxds-xds-server-1" };
        await using var server = XdsServerApp.Create(options, builder => builder.Logging.ClearProviders());
        await server.StartAsync(Token);
        await using var gateway = await ConnectAsync(() => server.BoundEndPoints()[1].Port);
        await CreateObjectsAsync();

        await Eventually.TrueAsync(
            async () => ConditionSet.IsTrue((await api.Client.FindAsync<KIngress>(new("default", "deployed"), Token))?.Status?.Conditions, ConditionSet.Ready),
            XdsStack.Limit);

        Assert.True(gateway.Holds(ResourceType.Cluster, "default/deployed/80"));
        Assert.Equal(options.PodName, (await api.Client.FindAsync<V1Lease>(new(SystemNames.Namespace, Account), Token))!.Spec.HolderIdentity);
        await Eventually.TrueAsync(async () => await api.Client.FindAsync<V1Lease>(new(SystemNames.Namespace, $"{Account}-{options.PodName}"), Token) is not null, XdsStack.Limit);
        await FinalizeAsync();
        await api.Client.DeleteAsync<KIngress>(new("default", "deployed"), Token);
        await Eventually.TrueAsync(async () => await api.Client.FindAsync<KIngress>(new("default", "deployed"), Token) is null, XdsStack.Limit);
        await server.StopAsync(Token);
        Assert.Null(await api.Client.FindAsync<V1Lease>(new(SystemNames.Namespace, $"{Account}-{options.PodName}"), Token));
    }

    [Theory]
    [InlineData("create ingresses.networking.internal.knative.dev")]
    [InlineData("update ingresses.networking.internal.knative.dev")]
    [InlineData("delete services")]
    [InlineData("get secrets")]
    [InlineData("create pods")]
    [InlineData("list configmaps")]
    [InlineData("update leases.coordination.k8s.io")]
    public async Task Manifests_Applied_GrantNothingElse(string what)
    {
        await ApplyAsync("xds-server.yaml");

        Assert.StartsWith("exit 1\nno", await NewKubectl().RunAsync($"auth can-i {what} --all-namespaces --as system:serviceaccount:{SystemNames.Namespace}:{Account}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Gateway_BootstrapScript_FillsInEveryPlaceholder()
    {
        var folders = new[] { "templates", "bootstrap" }.Select(name => Directory.CreateTempSubdirectory($"kxds-{name}-").FullName).ToArray();
        var envoy = Path.Combine(Folder, "envoy");
        foreach (var file in Directory.EnumerateFiles(envoy))
        {
            await File.WriteAllTextAsync(Path.Combine(folders[0], Path.GetFileName(file)), (await File.ReadAllTextAsync(file, Token)).Replace("#mtls ", "", StringComparison.Ordinal), Token);
        }

        var script = Script().Match(await File.ReadAllTextAsync(Path.Combine(Folder, "gateway.yaml"), Token)).Groups["script"].Value
            .Replace("/templates/", folders[0] + "/", StringComparison.Ordinal).Replace("\"/bootstrap/", $"\"{folders[1]}/", StringComparison.Ordinal);
        using var process = Process.Start(new ProcessStartInfo("sh", ["-ec", script]) { Environment = { ["POD_NAME"] = "gateway-1" } })!;
        await process.WaitForExitAsync(Token);

        Assert.Equal(0, process.ExitCode);
        var filled = new DirectoryInfo(folders[1]).GetFiles();
        Assert.Equal(["bootstrap.yaml", "client-certificate.yaml", "server-ca.yaml"], filled.Select(file => file.Name).Order());
        Assert.All(filled, file => Assert.DoesNotContain(File.ReadLines(file.FullName), line => !line.StartsWith('#') && line.Contains("${", StringComparison.Ordinal)));
        Assert.Contains("id: \"gateway-1\"", await File.ReadAllTextAsync(Path.Combine(folders[1], "bootstrap.yaml"), Token), StringComparison.Ordinal);
        Array.ForEach(folders, folder => Directory.Delete(folder, recursive: true));
    }

    private Kubectl NewKubectl() => new(api.Kubeconfig, SystemNames.Namespace);

    private async Task ApplyAsync(string file) =>
        Assert.DoesNotContain("exit", await NewKubectl().RunAsync($"apply -f {Path.Combine(Folder, file)}"), StringComparison.Ordinal);

    private async Task<string> WriteKubeconfigAsync()
    {
        var token = (await NewKubectl().RunAsync($"create token {Account}")).Trim();
        var path = Path.Combine(api.LogFolder, "xds-server.kubeconfig");
        await File.WriteAllTextAsync(path, TokenField().Replace(await File.ReadAllTextAsync(api.Kubeconfig, Token), $"token: {token}"), Token);
        return path;
    }

    /// <summary>Connects once the server takes streams.</summary>
    private static async Task<TestGateway> ConnectAsync(Func<int> port)
    {
        for (var started = TimeProvider.System.GetTimestamp(); ;)
        {
            var gateway = await TestGateway.ConnectAsync(port());
            await Eventually.TrueAsync(() => gateway.Ended is not null || gateway.Holds(ResourceType.Listener, "external"), XdsStack.Limit);
            if (gateway.Ended is null || TimeProvider.System.GetElapsedTime(started) > XdsStack.Limit)
            {
                return gateway;
            }

            await gateway.DisposeAsync();
        }
    }

    private async Task CreateObjectsAsync()
    {
        await api.Client.CreateAsync(
            new V1Service { Metadata = Meta(), Spec = new V1ServiceSpec { ClusterIP = "None", Ports = [new V1ServicePort { Name = "http", Port = 80 }] } }, Token);
        await api.Client.CreateAsync(
            new V1EndpointSlice
            {
                Metadata = new V1ObjectMeta { NamespaceProperty = "default", Name = "deployed", Labels = new Dictionary<string, string> { [Labels.SliceService] = "deployed" } },
                AddressType = "IPv4",
                Ports = [new Discoveryv1EndpointPort { Name = "http", Port = 80 }],
                Endpoints = [new V1Endpoint { Addresses = ["10.244.0.9"], Conditions = new V1EndpointConditions { Ready = true } }],
            },
            Token);
        await api.Client.CreateAsync(
            new KIngress
            {
                Metadata = new V1ObjectMeta { NamespaceProperty = "default", Name = "deployed", Annotations = new Dictionary<string, string> { [Labels.IngressClass] = Labels.XdsIngressClass } },
                Spec = new KIngressSpec { Rules = [XdsStack.Rule("deployed", "ExternalIP", "deployed.example.com")] },
            },
            Token);
    }

    /// <summary>As net-kourier leaves what it has reconciled.</summary>
    private Task<KIngress> FinalizeAsync() => api.Client.PatchAsync<KIngress>(
        new("default", "deployed"), new V1Patch("""{"metadata":{"finalizers":["ingresses.networking.internal.knative.dev"]}}""", V1Patch.PatchType.MergePatch), null, Token);

    private static V1ObjectMeta Meta() => new() { NamespaceProperty = "default", Name = "deployed" };

    [GeneratedRegex("token: [^}\\s]+")]
    private static partial Regex TokenField();

    [GeneratedRegex("- -ec\\n +- \\|\\n(?<script>( {14}.*\\n)+)")]
    private static partial Regex Script();
}

using System.Collections.Immutable;
using Knative.Xds.Sandbox.Composition;
using Knative.Xds.Testing;

namespace Knative.Xds.Conformance.Proxyless;

/// <summary>A stock gRPC client wakes a revision that nothing runs for, in the whole system.</summary>
public sealed class ProxylessColdStartTests
{
    private const string Host = "echo.default.svc.cluster.local";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    [Theory]
    [InlineData(StockClient.Node)]
    [InlineData(StockClient.Python)]
    public async Task FirstCall_AtARevisionAtZero_IsAnswered_AndLaterOnesGoToThePodItself(StockClient kind)
    {
        var run = Directory.CreateTempSubdirectory("kxds-proxyless-");
        using var log = new FileLogging(Path.Combine(run.FullName, "kxds.log"), TimeProvider.System);
        await Programs.ClientAsync(kind);
        await using var system = await SandboxSystem.StartAsync(await SettingsAsync(run.FullName), log, TimeProvider.System, TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => system.View.Current().Ingresses.Any(ingress => ingress is { Name: "echo", Ready: "True" }), Limit);
        await using var client = await ClientProcess.StartAsync(kind, Host, AddressOf(system, "XdsServer"));

        var first = await client.CallAsync(10);

        Assert.Empty(first.Errors);
        Assert.Equal(10, first.Of("echo-00001 by activator"));
        await Eventually.TrueAsync(
            async () =>
            {
                var later = await client.CallAsync(10);
                Assert.Empty(later.Errors);
                return later.Of("echo-00001 by nobody") == 10;
            },
            Limit);
    }

    private static async Task<SandboxSettings> SettingsAsync(string run) => new()
    {
        Gateway = GatewayChoice.Auto,
        Port = 0,
        RunDirectory = run,
        ManifestFolders = [Path.Combine(AppContext.BaseDirectory, "Proxyless", "echo")],
        Images = BuiltPrograms.Find(AppContext.BaseDirectory).Images.SetItem("kxds.dev/grpc-echo", [.. await Programs.ServerAsync()]),
        AutoscalerConfig = ImmutableSortedDictionary<string, string>.Empty.Add("allow-zero-initial-scale", "true").Add("stable-window", "60s"),
    };

    private static string AddressOf(SandboxSystem system, string service) => system.Services.Single(location => location.Name == service).Where.Split(' ')[0];
}

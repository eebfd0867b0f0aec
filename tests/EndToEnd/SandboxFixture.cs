using System.Collections.Immutable;
using Knative.Xds.Sandbox.Composition;
using Knative.Xds.Testing;

namespace Knative.Xds.EndToEnd;

/// <summary>The whole system with the sample service and short windows, behind the gateway that a test asks for.</summary>
internal static class SandboxFixture
{
    private const string HelloImage = "kxds.dev/hello";
    public static readonly TimeSpan ZeroLimit = TimeSpan.FromSeconds(90);

    public static async Task<RunningSandbox> StartAsync(GatewayChoice gateway, CancellationToken cancellationToken, bool slowUser = false)
    {
        if (gateway == GatewayChoice.Envoy)
        {
            RealComponents.OrSkip(RealComponents.Envoy, "envoy");
        }

        var run = Directory.CreateTempSubdirectory("kxds-e2e-");
        var log = new FileLogging(Path.Combine(run.FullName, "kxds.log"), TimeProvider.System);
        try
        {
            var system = await SandboxSystem.StartAsync(SettingsFor(gateway, run.FullName, slowUser), log, TimeProvider.System, cancellationToken);
            return new RunningSandbox(system, log, run);
        }
        catch
        {
            log.Dispose();
            throw;
        }
    }

    private static SandboxSettings SettingsFor(GatewayChoice gateway, string run, bool slowUser) => new()
    {
        Gateway = gateway,
        Port = 0,
        RunDirectory = run,
        ManifestFolders = [Path.Combine(AppContext.BaseDirectory, "samples", "hello")],
        Images = slowUser ? WithSlowUser(BuiltPrograms.Find(AppContext.BaseDirectory).Images) : BuiltPrograms.Find(AppContext.BaseDirectory).Images,
        AutoscalerConfig = ImmutableSortedDictionary<string, string>.Empty.Add("allow-zero-initial-scale", "true").Add("stable-window", "6s").Add("scale-to-zero-grace-period", "1s"),
    };

    // The user container listens a second after the queue-proxy does: whoever forwards before the probe has passed meets a closed port.
    private static ImmutableDictionary<string, ImmutableArray<string>> WithSlowUser(ImmutableDictionary<string, ImmutableArray<string>> images) =>
        images.SetItem(HelloImage, ["sh", "-c", "sleep 1; exec \"$0\" \"$@\"", .. images[HelloImage]]);
}

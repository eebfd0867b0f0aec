using Knative.Xds.Testing;
using Knative.Xds.Testing.Gateways;

namespace Knative.Xds.Integration.Xds;

/// <summary>The embedded API, the xDS server, a real Envoy and two HTTP servers, for the tests that share it.</summary>
public class EnvoyStack : IAsyncLifetime
{
    internal XdsStack Server { get; private set; } = null!;
    internal RealEnvoy Gateway { get; private set; } = null!;
    internal string External { get; private set; } = "";
    internal Backend A { get; private set; } = null!;
    internal Backend B { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        if (RealComponents.Envoy is null)
        {
            return;
        }

        var listeners = FixedEndPoint.Free(2);
        External = listeners[0];
        Server = await XdsStack.StartAsync(options => (options.ExternalListen, options.LocalListen, options.LoadReportInterval) = (listeners[0], listeners[1], TimeSpan.FromSeconds(1)));
        Gateway = RealEnvoy.Start(await AdjustAsync(new RealEnvoyOptions { XdsPort = Server.XdsPort, ExternalListen = listeners[0] }));
        A = await Backend.StartAsync("a");
        B = await Backend.StartAsync("b");
        await Server.ServiceAsync("svc-a", A.Port);
        await Server.ServiceAsync("svc-b", B.Port);
        await FillAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (Server is not null)
        {
            await Gateway.DisposeAsync();
            await Server.DisposeAsync();
            await A.DisposeAsync();
            await B.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>Skips the test where there is no Envoy.</summary>
    public void Need() => RealComponents.OrSkip(RealComponents.Envoy, "envoy");

    /// <summary>How Envoy is started.</summary>
    private protected virtual Task<RealEnvoyOptions> AdjustAsync(RealEnvoyOptions options) => Task.FromResult(options);

    /// <summary>What is there for all tests.</summary>
    private protected virtual Task FillAsync() => Task.CompletedTask;
}

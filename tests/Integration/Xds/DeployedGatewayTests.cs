using System.Diagnostics;
using System.Globalization;
using Knative.Xds.Testing;
using Knative.Xds.Testing.Gateways;
using Microsoft.AspNetCore.Http;
using YamlDotNet.RepresentationModel;

namespace Knative.Xds.Integration.Xds;

/// <summary>What deploy/gateway.yaml has a gateway do when it is deleted or replaced, done with a real Envoy.</summary>
public sealed class DeployedGatewayTests
{
    private const string Host = "drain.example.com";
    private static readonly string Manifest = Path.Combine(AppContext.BaseDirectory, "deploy", "gateway.yaml");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task PreStop_RequestsInFlightAndOnKeptConnections_NoneFails()
    {
        RealComponents.OrSkip(RealComponents.Envoy, "envoy");
        var container = Container();
        var inFlight = new TaskCompletionSource();
        var answer = new TaskCompletionSource();
        var listeners = FixedEndPoint.Free(2);
        await using var server = await XdsStack.StartAsync(options => (options.ExternalListen, options.LocalListen) = (listeners[0], listeners[1]));
        await using var gateway = RealEnvoy.Start(new RealEnvoyOptions { XdsPort = server.XdsPort, ExternalListen = listeners[0] });
        await using var backend = await Backend.StartAsync("a", async context =>
        {
            if (context.Request.Path == "/slow")
            {
                inFlight.SetResult();
                await answer.Task;
            }

            await context.Response.WriteAsync("a");
        });
        await server.ServiceAsync("svc-a", backend.Port);
        await server.IngressAsync("a", [Host], ("svc-a", 100));
        await gateway.AnswersAsync(Host, "a");
        var slow = gateway.Http.GetStringAsync(new Uri($"http://{Host}/slow"), Token);
        await inFlight.Task;

        using var hook = Process.Start(PreStop(container, (await gateway.AdminAsync()).Port))!;
        var said = 0;
        while (!hook.HasExited)
        {
            using var response = await gateway.Http.GetAsync(new Uri($"http://{Host}/"), Token);
            Assert.Equal("a", await response.Content.ReadAsStringAsync(Token));
            said += response.Headers.ConnectionClose == true ? 1 : 0;
            if (said > 10)
            {
                answer.TrySetResult();
            }
        }

        Assert.Equal(0, hook.ExitCode);
        Assert.Equal("a", await slow);
        Assert.InRange(said, 11, int.MaxValue);
    }

    [Fact]
    public void PreStop_TakesLessThanKubernetesWaits()
    {
        var drain = ((YamlSequenceNode)Container()["env"]).Single(variable => $"{variable["name"]}" == "DRAIN_SECONDS")["value"];

        Assert.InRange(Number(drain), 10, Number(Pod()["terminationGracePeriodSeconds"]) - 10);
    }

    private static ProcessStartInfo PreStop(YamlNode container, int admin)
    {
        var command = Texts(container["lifecycle"]["preStop"]["exec"]["command"]).Select(part => part.Replace("/9901", $"/{admin}", StringComparison.Ordinal)).ToList();
        return new ProcessStartInfo(command[0], command[1..]) { Environment = { ["DRAIN_SECONDS"] = "1" } };
    }

    private static IEnumerable<string> Texts(YamlNode list) => ((YamlSequenceNode)list).Select(item => $"{item}");

    private static int Number(YamlNode node) => int.Parse($"{node}", CultureInfo.InvariantCulture);

    private static YamlNode Container() => Pod()["containers"][0];

    private static YamlNode Pod()
    {
        var yaml = new YamlStream();
        using var text = File.OpenText(Manifest);
        yaml.Load(text);
        return yaml.Documents.Select(document => document.RootNode).Single(node => $"{node["kind"]}" == "Deployment")["spec"]["template"]["spec"];
    }
}

using System.CommandLine;
using Knative.Xds.Scenarios.Rig;

namespace Knative.Xds.Scenarios.Proxying;

/// <summary>What a proxy of the data path costs: throughput, added time, CPU, memory, start-up; beside upstream's and Envoy where they are found.</summary>
internal static class ProxyScenario
{
    private const int Missing = 2;
    private static readonly Option<string> Component = new("--component") { Description = "What is measured.", DefaultValueFactory = _ => ProxyComponents.All[0].Name };
    private static readonly Option<int> Connections = new("--connections") { Description = "Connections of the load generator.", DefaultValueFactory = _ => 64 };
    private static readonly Option<ProxyProtocol> Protocol = new("--protocol") { Description = "http1 or h2c.", DefaultValueFactory = _ => ProxyProtocol.Http1 };
    private static readonly Option<int> Rounds = new("--rounds") { Description = "Rounds in which each program takes its turn.", DefaultValueFactory = _ => 5 };
    private static readonly Option<int> Streams = new("--streams") { Description = "Requests at a time on each connection of h2c.", DefaultValueFactory = _ => 1 };
    private static readonly Option<int> Seconds = new("--seconds") { Description = "Length of one measurement.", DefaultValueFactory = _ => 4 };

    private static readonly Option<int> Starts = new("--starts") { Description = "Starts of each program, of which the median counts.", DefaultValueFactory = _ => 20 };

    public static Command Command
    {
        get
        {
            Component.AcceptOnlyFromAmong([.. ProxyComponents.All.Select(component => component.Name)]);
            var command = new Command("proxy", "A component of the data path before a user, under a native load generator.") { Component, Connections, Protocol, Streams, Rounds, Seconds, Starts };
            command.SetAction(async (parsed, cancellationToken) =>
            {
                // Its ports are fixed: in a network of its own they are free.
                if (await OwnNetwork.EnterAsync(cancellationToken) is { } code)
                {
                    return code;
                }

                var component = ProxyComponents.All.First(candidate => candidate.Name == parsed.GetValue(Component));
                try
                {
                    ResultLine.Print(await new ProxyRun(component, new NativeLoad(parsed.GetValue(Protocol), parsed.GetValue(Streams)), parsed.GetValue(Connections), parsed.GetValue(Rounds), parsed.GetValue(Seconds), parsed.GetValue(Starts)).RunAsync(cancellationToken));
                    return 0;
                }
                catch (Exception error) when (error is InvalidOperationException or FileNotFoundException or HttpRequestException)
                {
                    await Console.Error.WriteLineAsync($"proxy: {error.Message}");
                    return Missing;
                }
            });
            return command;
        }
    }
}

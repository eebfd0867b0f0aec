using System.CommandLine;
using Knative.Xds.Cli.Admin;
using Knative.Xds.Core.Wire;
using Spectre.Console;

namespace Knative.Xds.Cli.Xds;

/// <summary>The commands that look into the control plane.</summary>
internal static class XdsCommands
{
    public static IEnumerable<Command> Create() =>
    [
        Asking("status", "Show what each connected gateway has: synced, stale, or refused with its reason.", XdsRun.StatusAsync),
        OfHosts("routes", "Show the routes of all hosts, or of one.", XdsRun.RoutesAsync),
        OfHosts("clusters", "Show the clusters behind all hosts, or behind one.", XdsRun.ClustersAsync),
        OfHosts("endpoints", "Show the endpoints behind all hosts, or behind one.", XdsRun.EndpointsAsync),
        Explain(),
        Diff(),
        Translate(),
        BootstrapCommand.Create(),
    ];

    private static Command Asking(string name, string description, Func<XdsOptions, IAnsiConsole, CancellationToken, Task<int>> run)
    {
        var common = new XdsCommandOptions();
        var command = new Command(name, description);
        common.AddTo(command);
        command.SetAction((parsed, cancellationToken) => CommandRun.GuardAsync(() => run(common.Read(parsed), AnsiConsole.Console, cancellationToken)));
        return command;
    }

    private static Command OfHosts(string name, string description, Func<XdsOptions, string?, IAnsiConsole, CancellationToken, Task<int>> run)
    {
        var common = new XdsCommandOptions();
        var host = new Argument<string?>("HOST") { Description = "Host; default: all.", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command(name, description) { host };
        common.AddTo(command);
        command.SetAction((parsed, cancellationToken) => CommandRun.GuardAsync(() => run(common.Read(parsed), parsed.GetValue(host), AnsiConsole.Console, cancellationToken)));
        return command;
    }

    private static Command Explain()
    {
        var common = new XdsCommandOptions();
        var method = new Argument<string>("METHOD") { Description = "GET, POST, …" };
        var url = new Argument<string>("URL") { Description = "http://HOST/PATH, as a client would ask." };
        var headers = new Option<string[]>("--header", "-H") { Description = "A request header, 'Name: value'.", Arity = ArgumentArity.ZeroOrMore };
        var local = new Option<bool>("--local") { Description = "The request comes in by the cluster-local listener." };
        var command = new Command("explain", "Show which host, route, weights and endpoints a request would meet, and why.") { method, url, headers, local };
        common.AddTo(command);
        command.SetAction((parsed, cancellationToken) => CommandRun.GuardAsync(() => XdsRun.ExplainAsync(
            common.Read(parsed), RequestReader.Read(parsed.GetValue(method)!, parsed.GetValue(url)!, parsed.GetValue(headers) ?? [], parsed.GetValue(local)), AnsiConsole.Console, cancellationToken)));
        return command;
    }

    private static Command Diff()
    {
        var common = new XdsCommandOptions();
        var node = new Argument<string?>("GATEWAY") { Description = "Node id of the gateway; default: all.", Arity = ArgumentArity.ZeroOrOne };
        var envoy = CommonOptions.Address("--envoy", "Ask this Envoy itself, by the address of its admin interface, in place of what the server was told; with GATEWAY it must be that one.");
        var command = new Command("diff", "Show what gateways have otherwise than they should; exit code 1 when there is any, 2 when that cannot be told.") { node, envoy };
        common.AddTo(command);
        command.SetAction((parsed, cancellationToken) => CommandRun.GuardAsync(() => XdsRun.DiffAsync(
            common.Read(parsed), parsed.GetValue(node), parsed.GetValue(envoy), AnsiConsole.Console, cancellationToken)));
        return command;
    }

    private static Command Translate()
    {
        var file = new Argument<string>("FILE") { Description = "YAML or JSON with KIngresses and, if you like, their Services and Secrets; - reads standard input." };
        var clusterDomain = new Option<string>("--cluster-domain") { Description = "DNS suffix of the cluster.", DefaultValueFactory = _ => SystemNames.ClusterDomain };
        var command = new Command("translate", "Translate KIngresses to Envoy's JSON without a cluster, and show their problems and what is assumed; exit code 1 when there is any problem.") { file, clusterDomain };
        command.SetAction((parsed, cancellationToken) => CommandRun.GuardAsync(() => TranslateRun.RunAsync(parsed.GetValue(file)!, parsed.GetValue(clusterDomain)!, AnsiConsole.Console, cancellationToken)));
        return command;
    }
}

using System.CommandLine;
using Knative.Xds.Cli.Admin;
using Spectre.Console;

namespace Knative.Xds.Cli.Scale;

/// <summary><c>kxds scale</c>: asks an autoscaler why, and who.</summary>
internal static class ScaleCommand
{
    public static Command Create() => new("scale", "Ask an autoscaler about its decisions.") { Explain(), Status() };

    private static Command Explain()
    {
        var revision = new Argument<string>("NAMESPACE/REVISION") { Description = "The revision." };
        revision.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && text.Split('/') is not [{ Length: > 0 }, { Length: > 0 }])
            {
                result.AddError($"{text} is not of the form NAMESPACE/REVISION");
            }
        });
        var (autoscaler, output) = (Autoscaler(), CommonOptions.Output());
        var last = new Option<int>("--last") { Description = "Decisions to show.", DefaultValueFactory = _ => 8 };
        var command = new Command("explain", "Show a revision's last decisions, their inputs, and which rule bound each; and why it is not at zero yet.") { revision, autoscaler, output, last };
        command.SetAction((parsed, cancellationToken) => ScaleRun.ExplainAsync(
            new ScaleOptions(parsed.GetValue(autoscaler), parsed.IsJson(output)), parsed.GetValue(revision)!, parsed.GetValue(last), AnsiConsole.Console, cancellationToken));
        return command;
    }

    private static Command Status()
    {
        var (autoscaler, output) = (Autoscaler(), CommonOptions.Output());
        var command = new Command("status", "Show the autoscaler's replicas, the buckets of revisions and their owners, and how the tick is kept.") { autoscaler, output };
        command.SetAction((parsed, cancellationToken) => ScaleRun.StatusAsync(
            new ScaleOptions(parsed.GetValue(autoscaler), parsed.IsJson(output)), AnsiConsole.Console, cancellationToken));
        return command;
    }

    private static Option<Uri?> Autoscaler() =>
        CommonOptions.Address(ScaleRun.AddressOption, "Admin address of any replica, such as http://127.0.0.1:9090. Default: that of the running `kxds up`.");
}

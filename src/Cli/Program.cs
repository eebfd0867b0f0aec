using System.CommandLine;
using System.Globalization;
using Knative.Xds.Cli.Inject;
using Knative.Xds.Cli.Scale;
using Knative.Xds.Cli.Up;
using Knative.Xds.Cli.Xds;
using Spectre.Console;

// In a pipe or a file there is no width to keep to.
if (Console.IsOutputRedirected)
{
    AnsiConsole.Console.Profile.Width = int.TryParse(Environment.GetEnvironmentVariable("COLUMNS"), NumberStyles.None, CultureInfo.InvariantCulture, out var columns) && columns > 0 ? columns : 240;
}

var root = new RootCommand("Knative.Xds: the data path of Knative Serving on .NET and Envoy.");
root.Subcommands.Add(UpCommand.Create());
root.Subcommands.Add(InjectCommand.Create());
root.Subcommands.Add(ScaleCommand.Create());
foreach (var command in XdsCommands.Create())
{
    root.Subcommands.Add(command);
}

var parsed = root.Parse(args);
var exitCode = await parsed.InvokeAsync();

// What the user has to mend ends with 2, whoever found it.
return parsed.Errors.Count > 0 ? 2 : exitCode;

using System.CommandLine;
using Knative.Xds.Scenarios;

var root = new RootCommand("Measures the whole system. Each scenario prints one JSON line, last, on standard output; all else goes to standard error.");
foreach (var scenario in ScenarioList.All)
{
    root.Subcommands.Add(scenario);
}

return await root.Parse(args).InvokeAsync();

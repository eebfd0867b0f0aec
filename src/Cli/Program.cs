using System.CommandLine;
using Knative.Xds.Cli.Inject;
using Knative.Xds.Cli.Scale;
using Knative.Xds.Cli.Up;

var root = new RootCommand("Knative.Xds: the data path of Knative Serving on .NET and Envoy.");
root.Subcommands.Add(UpCommand.Create());
root.Subcommands.Add(InjectCommand.Create());
root.Subcommands.Add(ScaleCommand.Create());
return await root.Parse(args).InvokeAsync();

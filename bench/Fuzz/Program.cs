using System.CommandLine;
using Knative.Xds.Fuzz;

var seed = new Option<string?>("--seed") { Description = "The seed that a failure named, to see it again. Default: another each time.", Recursive = true };
var minutes = new Option<double>("--minutes") { Description = "How long.", DefaultValueFactory = _ => 1, Recursive = true };
var root = new RootCommand("Feeds the parsers of outside input with what nobody would send. One JSON line, last, on standard output; exit code 1 and the input on standard error where something broke.") { seed, minutes };
foreach (var (name, description, target) in new (string, string, Func<IFuzzTarget>)[]
{
    ("streams", "xDS requests: bytes, messages and sequences of both variants, against changing resources.", () => new StreamTarget()),
    ("translator", "KIngresses, Services, Secrets and ConfigMaps, through to what gateways are sent.", () => new TranslatorTarget()),
})
{
    var command = new Command(name, description);
    command.SetAction(parsed => FuzzRun.Run(name, target(), parsed.GetValue(seed), TimeSpan.FromMinutes(parsed.GetValue(minutes))));
    root.Subcommands.Add(command);
}

return root.Parse(args).Invoke();

using System.CommandLine;
using Knative.Xds.Cli.Admin;

namespace Knative.Xds.Cli.Xds;

/// <summary>The options of <see cref="XdsOptions"/> on a command line.</summary>
internal sealed class XdsCommandOptions
{
    private readonly Option<Uri?> _server = CommonOptions.Address(XdsOptions.AddressOption, "Admin address of any replica, such as http://127.0.0.1:9090. Default: that of the running `kxds up`.");
    private readonly Option<string?> _fleet = new("--fleet") { Description = "Fleet of gateways. Default: the only one." };
    private readonly Option<string> _output = CommonOptions.Output();

    public void AddTo(Command command)
    {
        command.Options.Add(_server);
        command.Options.Add(_fleet);
        command.Options.Add(_output);
    }

    public XdsOptions Read(ParseResult parsed) => new(parsed.GetValue(_server), parsed.GetValue(_fleet), parsed.IsJson(_output));
}

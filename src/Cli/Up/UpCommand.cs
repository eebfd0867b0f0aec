using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Knative.Xds.Sandbox.Composition;

namespace Knative.Xds.Cli.Up;

/// <summary><c>kxds up</c>: the whole system on this machine.</summary>
internal static class UpCommand
{
    public static Command Create()
    {
        var gateway = new Option<GatewayChoice>("--gateway")
        {
            Description = "envoy, embedded, or auto: envoy where ENVOY_BIN, KXDS_TOOLS or PATH has one.",
            DefaultValueFactory = _ => GatewayChoice.Auto,
            CustomParser = ParseGateway,
        };
        var port = new Option<int>("--port")
        {
            Description = "Port of the external listener on 127.0.0.1; the cluster-local one gets the next.",
            DefaultValueFactory = _ => 8080,
            CustomParser = ParsePort,
        };
        var manifests = new Option<string?>("--manifests") { Description = "Folder of manifests to apply at start and to watch, in place of the sample's." };
        var data = new Option<string?>("--data") { Description = "Folder that keeps the embedded API's objects across restarts." };
        var kubeconfig = new Option<string?>("--kubeconfig") { Description = "Run on this existing Kubernetes API in place of the embedded one." };
        var smoke = new Option<bool>("--smoke") { Description = "Run unattended: ten cold starts and 1,000 weighted requests; the last line is the result as JSON." };
        var command = new Command("up", "Start everything on this machine, with a sample service of two revisions.") { gateway, port, manifests, data, kubeconfig, smoke };
        command.Validators.Add(result =>
        {
            if (result.GetValue(data) is not null && result.GetValue(kubeconfig) is not null)
            {
                result.AddError("--data keeps the objects of the embedded API, which --kubeconfig takes the place of: give one of them");
            }
        });
        command.SetAction((parsed, cancellationToken) => UpRun.RunAsync(
            new UpOptions(parsed.GetValue(gateway), parsed.GetValue(port), parsed.GetValue(manifests), parsed.GetValue(data), parsed.GetValue(kubeconfig), parsed.GetValue(smoke)),
            cancellationToken));
        return command;
    }

    private static GatewayChoice ParseGateway(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (!char.IsAsciiDigit(text.FirstOrDefault()) && Enum.TryParse<GatewayChoice>(text, ignoreCase: true, out var choice))
        {
            return choice;
        }

        result.AddError($"--gateway must be envoy, embedded or auto, not '{text}'");
        return default;
    }

    private static int ParsePort(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port <= 65534)
        {
            return port;
        }

        result.AddError($"--port must be 0 (any free one) to 65534, not '{text}'");
        return default;
    }
}

using System.CommandLine;

namespace Knative.Xds.Cli.Inject;

/// <summary><c>kxds inject</c>: manifests in, manifests with sidecars out.</summary>
internal static class InjectCommand
{
    public static Command Create()
    {
        var files = new Argument<string[]>("file") { Description = "Files of manifests; - is standard input.", Arity = ArgumentArity.OneOrMore };
        var image = new Option<string>("--queue-image") { Description = "Image of the sidecar, where no config-deployment among the manifests names one.", DefaultValueFactory = _ => "kxds.dev/queue-proxy" };
        var system = new Option<string>("--system-namespace") { Description = "Namespace of the system's own objects.", DefaultValueFactory = _ => Core.Wire.SystemNames.Namespace };
        var command = new Command("inject", "Print manifests for kubectl: Revisions, and Deployments annotated kxds.dev/inject: enabled, get the queue-proxy and a PodAutoscaler; Knative's ConfigMaps among the manifests are followed.") { files, image, system };
        command.SetAction((parsed, cancellationToken) => InjectRun.RunAsync(parsed.GetValue(files)!, parsed.GetValue(system)!, parsed.GetValue(image)!, cancellationToken));
        return command;
    }
}

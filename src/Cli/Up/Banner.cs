using Knative.Xds.Sandbox.Composition;
using Spectre.Console;

namespace Knative.Xds.Cli.Up;

/// <summary>What runs where, and what to try first.</summary>
internal static class Banner
{
    public static void Write(IAnsiConsole console, SandboxSystem system, BuiltPrograms programs)
    {
        console.MarkupLine($"[bold green]Knative.Xds is up[/] after {system.StartupTime.TotalSeconds:F1} s. Ctrl-C stops everything.");
        console.WriteLine();
        var parts = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(3)).AddColumn();
        foreach (var (part, where) in Parts(system, programs))
        {
            parts.AddRow(new Text("  " + part), new Text(where));
        }

        console.Write(parts);
        console.WriteLine();
        foreach (var problem in system.ManifestProblems)
        {
            console.MarkupLineInterpolated($"[yellow]manifest not applied:[/] {problem}");
        }

        console.MarkupLine("[bold]Try[/]");
        var port = system.GatewayAddress.Port;
        WriteCommand(console, $"curl -H 'Host: hello.default.example.com' http://127.0.0.1:{port}/");
        WriteCommand(console, $"export KUBECONFIG={system.KubeconfigPath}; kubectl get king,sks,kpa");
        WriteCommand(console, "kubectl patch king hello --type json -p '[{\"op\":\"replace\",\"path\":\"/spec/rules/0/http/paths/0/splits/0/percent\",\"value\":50},{\"op\":\"replace\",\"path\":\"/spec/rules/0/http/paths/0/splits/1/percent\",\"value\":50}]'");
        console.MarkupLine("[bold]Look inside[/]");
        WriteCommand(console, "./kxds explain GET http://hello.default.example.com/");
        WriteCommand(console, "./kxds scale explain default/hello-00001");
        console.WriteLine();
    }

    private static IEnumerable<(string Part, string Where)> Parts(SandboxSystem system, BuiltPrograms programs) =>
    [
        ("Gateway", $"{system.GatewayDescription}: http://127.0.0.1:{system.GatewayAddress.Port} (cluster-local: {system.LocalGatewayAddress.Port})"),
        ("Kubernetes API", system.ApiDescription),
        .. system.Services.Select(service => (service.Name, service.Where)),
        ("QueueProxy", programs.QueueProxyIsNative ? "one per pod, native program" : "one per pod, on the .NET runtime (not compiled ahead of time: that takes clang or gcc with the zlib headers, see artifacts/kxds-build.log)"),
        ("KUBECONFIG", system.KubeconfigPath),
        ("Log", system.LogFile),
    ];

    // Not wrapped: a command that is cut in two cannot be pasted.
    private static void WriteCommand(IAnsiConsole console, string command) => console.Profile.Out.Writer.WriteLine("  " + command);
}

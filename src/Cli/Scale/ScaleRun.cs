using System.Text.Json;
using Knative.Xds.Autoscaler.Explaining;
using Knative.Xds.Cli.Admin;
using Knative.Xds.Cli.Up;
using Spectre.Console;

namespace Knative.Xds.Cli.Scale;

/// <summary>Runs the commands of <c>kxds scale</c>.</summary>
internal static class ScaleRun
{
    /// <summary>Name of the option with the autoscaler's address.</summary>
    public const string AddressOption = "--autoscaler";

    public static Task<int> ExplainAsync(ScaleOptions options, string revision, int last, IAnsiConsole console, CancellationToken cancellationToken) =>
        ShowAsync<ScaleReport>(options, $"/debug/scale/{revision}", report => ExplainView.Write(console, report, last), console, cancellationToken);

    public static Task<int> StatusAsync(ScaleOptions options, IAnsiConsole console, CancellationToken cancellationToken) =>
        ShowAsync<SystemReport>(options, "/debug/scale", report => StatusView.Write(console, report), console, cancellationToken);

    private static Task<int> ShowAsync<T>(ScaleOptions options, string path, Action<T> write, IAnsiConsole console, CancellationToken cancellationToken) => CommandRun.GuardAsync(async () =>
    {
        var address = options.Autoscaler ?? RunningSystem.Find()?.Autoscaler
            ?? throw new CliException($"no `kxds up` runs here: give the address of an autoscaler's admin port with {AddressOption}, such as http://127.0.0.1:9090");
        using var admin = new AdminClient("autoscaler", AddressOption, address, ScaleJson.Options);
        var report = await admin.ReadAsync<T>(path, cancellationToken);
        if (options.Json)
        {
            console.Profile.Out.Writer.WriteLine(JsonSerializer.Serialize(report, ScaleJson.Options));
        }
        else
        {
            write(report);
        }

        return 0;
    });
}

using System.Text.Json;
using Knative.Xds.Autoscaler.Explaining;
using Knative.Xds.Cli.Up;
using Spectre.Console;

namespace Knative.Xds.Cli.Scale;

/// <summary>Runs the commands of <c>kxds scale</c>.</summary>
internal static class ScaleRun
{
    private const int UserError = 2;

    public static Task<int> ExplainAsync(ScaleOptions options, string revision, int last, IAnsiConsole console, CancellationToken cancellationToken) =>
        ShowAsync<ScaleReport>(options, $"/debug/scale/{revision}", report => ExplainView.Write(console, report, last), console, cancellationToken);

    public static Task<int> StatusAsync(ScaleOptions options, IAnsiConsole console, CancellationToken cancellationToken) =>
        ShowAsync<SystemReport>(options, "/debug/scale", report => StatusView.Write(console, report), console, cancellationToken);

    private static async Task<int> ShowAsync<T>(ScaleOptions options, string path, Action<T> write, IAnsiConsole console, CancellationToken cancellationToken)
    {
        try
        {
            var address = options.Autoscaler ?? RunningSystem.Find()?.Autoscaler
                ?? throw new ScaleException("no `kxds up` runs here: give the address of an autoscaler's admin port with --autoscaler, such as http://127.0.0.1:9090");
            using var admin = new AutoscalerAdmin(address);
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
        }
        catch (ScaleException error)
        {
            await Console.Error.WriteLineAsync($"kxds: {error.Message}");
            return UserError;
        }
    }
}

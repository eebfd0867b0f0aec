using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Knative.Xds.Testing;

namespace Knative.Xds.Integration.Api;

/// <summary>Runs the real kubectl against an API.</summary>
internal sealed class Kubectl(string kubeconfig, string space)
{
    /// <summary>Runs one command and returns what it printed, errors included; the exit code leads when it is not 0.</summary>
    public async Task<string> RunAsync(string arguments, string? input = null, string? editor = null)
    {
        using var process = Start(arguments, editor);
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        if (input is not null)
        {
            await process.StandardInput.WriteAsync(input);
        }

        process.StandardInput.Close();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken).Within(TimeSpan.FromMinutes(2));
        var text = new StringBuilder().Append(await output).Append(await errors).ToString();
        return process.ExitCode == 0 ? text : $"exit {process.ExitCode}\n{text}";
    }

    /// <summary>Skips the running test (in CI: fails it) when kubectl is not of the version that the golden output is of: others print otherwise.</summary>
    public async Task RequireVersionAsync(string minor)
    {
        var found = JsonNode.Parse(await RunAsync("version --client -o json"))!["clientVersion"]!;
        var version = $"{found["major"]}.{found["minor"]}";
        RealComponents.OrSkip(version == minor ? version : null, $"kubectl {minor} (kubectl {version} prints otherwise)");
    }

    /// <summary>Starts a command that runs until it is stopped.</summary>
    public Process Start(string arguments, string? editor = null)
    {
        var start = new ProcessStartInfo(RealComponents.OrSkip(RealComponents.Kubectl, "kubectl")) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])["--kubeconfig", kubeconfig, "--cache-dir", Path.Combine(Path.GetDirectoryName(kubeconfig)!, "cache"), "--namespace", space, .. Split(arguments)])
        {
            start.ArgumentList.Add(argument);
        }

        if (editor is not null)
        {
            start.Environment["KUBE_EDITOR"] = editor;
        }

        return Process.Start(start) ?? throw new InvalidOperationException("kubectl did not start");
    }

    // Arguments are separated by blanks; '…' holds one together.
    private static IEnumerable<string> Split(string arguments) =>
        arguments.Split('\'').SelectMany((part, index) => index % 2 == 1 ? [part] : part.Split(' ', StringSplitOptions.RemoveEmptyEntries));
}

using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Knative.Xds.Core.Wire;
using Knative.Xds.Testing;

namespace Knative.Xds.QueueProxy.Tests;

/// <summary>The program itself, as a pod starts and ends it.</summary>
public sealed class ProcessTests
{
    [Fact]
    public async Task Program_StartedFromItsEnvironment_ServesUntilSigterm()
    {
        // The side ports are fixed, so the process gets an address of its own.
        var address = IPAddress.Parse($"127.91.{Environment.ProcessId / 250 % 250}.{1 + Environment.ProcessId % 250}");
        await using var user = await UserContainer.StartAsync(context => Task.CompletedTask);
        using var process = Start(address, user.Port);
        try
        {
            using var client = Proxy.ClientOf(new IPEndPoint(address, Ports.BackendHttp));
            await Eventually.TrueAsync(() => RespondsAsync(client), Proxy.Limit);

            using var kill = Process.Start("kill", ["-TERM", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
            await process.WaitForExitAsync(Proxy.Token).Within(Proxy.Limit);

            Assert.Equal(0, process.ExitCode);
        }
        finally
        {
            process.Kill();
        }
    }

    [Fact]
    public async Task Program_VariablesMissing_SaysWhichAndFails()
    {
        using var process = Process.Start(Command())!;

        var errors = await process.StandardError.ReadToEndAsync(Proxy.Token).Within(Proxy.Limit);
        await process.WaitForExitAsync(Proxy.Token).Within(Proxy.Limit);

        Assert.Equal(1, process.ExitCode);
        Assert.Contains("environment variable USER_PORT is not set", errors, StringComparison.Ordinal);
    }

    private static async Task<bool> RespondsAsync(HttpClient client)
    {
        try
        {
            using var response = await client.GetAsync(new Uri("/", UriKind.Relative), Proxy.Token);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException exception) when (exception.InnerException is SocketException)
        {
            return false;
        }
    }

    private static Process Start(IPAddress address, int userPort)
    {
        var command = Command();
        foreach (var name in new[] { "SERVING_NAMESPACE", "SERVING_CONFIGURATION", "SERVING_REVISION", "SERVING_POD", "SERVING_POD_IP", "SERVING_LOGGING_CONFIG", "SERVING_LOGGING_LEVEL" })
            command.Environment[name] = "";
        command.Environment["CONTAINER_CONCURRENCY"] = "0";
        command.Environment["QUEUE_SERVING_PORT"] = "8012";
        command.Environment["QUEUE_SERVING_TLS_PORT"] = "8112";
        command.Environment["REVISION_TIMEOUT_SECONDS"] = "300";
        command.Environment["USER_PORT"] = userPort.ToString(System.Globalization.CultureInfo.InvariantCulture);
        command.Environment["KXDS_POD_IP"] = address.ToString();
        command.Environment["KXDS_USER_HOST"] = "127.0.0.1";
        command.Environment["KXDS_DRAIN_QUIET_SECONDS"] = "0";
        return Process.Start(command)!;
    }

    private static ProcessStartInfo Command() =>
        new("dotnet", [Path.Combine(AppContext.BaseDirectory, "Knative.Xds.QueueProxy.dll")]) { RedirectStandardError = true };
}

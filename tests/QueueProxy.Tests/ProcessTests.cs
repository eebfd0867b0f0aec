using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
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
    public async Task Program_SigtermWithARequestInFlight_FailsProbesHoldsTheHookAndFinishesTheRequest()
    {
        var address = IPAddress.Parse($"127.97.{Environment.ProcessId / 250 % 250}.{1 + Environment.ProcessId % 250}");
        var gate = new Gate();
        await using var user = await UserContainer.StartAsync(context => context.Request.Path == "/held" ? gate.HandleAsync(context) : Task.CompletedTask);
        using var process = Start(address, user.Port, ("KXDS_DRAIN_QUIET_SECONDS", "2"));
        try
        {
            using var client = Proxy.ClientOf(new IPEndPoint(address, Ports.BackendHttp));
            await Eventually.TrueAsync(() => RespondsAsync(client), Proxy.Limit);
            var held = client.GetStringAsync(new Uri("/held", UriKind.Relative), Proxy.Token);
            await Eventually.TrueAsync(() => gate.Inside == 1, Proxy.Limit);
            using var admin = Proxy.ClientOf(new IPEndPoint(address, Ports.QueueAdmin));

            var start = Stopwatch.GetTimestamp();
            using var kill = Process.Start("kill", ["-TERM", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);

            await Eventually.TrueAsync(() => SaysShuttingDownAsync(admin), Proxy.Limit);
            using var hook = await admin.GetAsync(new Uri("/wait-for-drain", UriKind.Relative), Proxy.Token).Within(Proxy.Limit);
            Assert.Equal(HttpStatusCode.OK, hook.StatusCode);
            // Until it has been quiet for two seconds, by another clock.
            Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.FromSeconds(1.9), TimeSpan.MaxValue);
            Assert.False(process.HasExited);
            gate.Open(1);
            Assert.Equal("done", await held.Within(Proxy.Limit));
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

    [Fact]
    public async Task Program_TenThousandRequestsWait_RefusesWhatTheQueueCannotHoldAndStaysSmall()
    {
        var address = IPAddress.Parse($"127.92.{Environment.ProcessId / 250 % 250}.{1 + Environment.ProcessId % 250}");
        var gate = new Gate();
        await using var user = await UserContainer.StartAsync(gate.HandleAsync, Microsoft.AspNetCore.Server.Kestrel.Core.HttpProtocols.Http2);
        using var process = Start(address, user.Port, ("CONTAINER_CONCURRENCY", "100"), ("OBSERVABILITY_CONFIG", """{"requestMetrics":{"protocol":"prometheus"}}"""));
        try
        {
            using var probe = Proxy.ClientOf(new IPEndPoint(address, Ports.UserMetrics));
            await Eventually.TrueAsync(() => RespondsAsync(probe), Proxy.Limit);
            using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, EnableMultipleHttp2Connections = true })
            {
                BaseAddress = new Uri($"http://{address}:{Ports.BackendHttp}"),
                DefaultRequestVersion = HttpVersion.Version20,
                DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
                Timeout = TimeSpan.FromMinutes(5),
            };

            var requests = Enumerable.Range(0, 10_000).Select(_ => client.GetAsync(new Uri("/", UriKind.Relative), Proxy.Token)).ToList();

            // One hundred run, ten times as many wait.
            await Eventually.TrueAsync(() => requests.Count(request => request.IsCompleted) == 8_900, TimeSpan.FromMinutes(3));
            var metrics = await probe.GetStringAsync(new Uri("/metrics", UriKind.Relative), Proxy.Token);
            Assert.Contains("kxds_queue_refused_total{reason=\"queue_full\"} 8900\n", metrics, StringComparison.Ordinal);
            Assert.InRange(process.WorkingSet64, 1, 400L << 20);
            gate.Open(1_100);
            var responses = await Task.WhenAll(requests);
            Assert.Equal((8_900, 1_100), (responses.Count(response => response.StatusCode == HttpStatusCode.ServiceUnavailable), responses.Count(response => response.StatusCode == HttpStatusCode.OK)));
        }
        finally
        {
            process.Kill();
        }
    }

    [Fact]
    public async Task Program_LargeHeadersAreHeldOpen_TakesWhatItsBudgetHoldsAndStaysSmall()
    {
        const int Requests = 3_000;
        var address = IPAddress.Parse($"127.95.{Environment.ProcessId / 250 % 250}.{1 + Environment.ProcessId % 250}");
        var gate = new Gate();
        await using var user = await UserContainer.StartAsync(gate.HandleAsync, Microsoft.AspNetCore.Server.Kestrel.Core.HttpProtocols.Http2);
        using var process = Start(address, user.Port, ("KXDS_HEADER_BUDGET_BYTES", "2000000"), ("OBSERVABILITY_CONFIG", """{"requestMetrics":{"protocol":"prometheus"}}"""));
        try
        {
            using var probe = Proxy.ClientOf(new IPEndPoint(address, Ports.UserMetrics));
            await Eventually.TrueAsync(() => RespondsAsync(probe), Proxy.Limit);
            using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, EnableMultipleHttp2Connections = true })
            {
                BaseAddress = new Uri($"http://{address}:{Ports.BackendHttp}"),
                DefaultRequestVersion = HttpVersion.Version20,
                DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
                Timeout = TimeSpan.FromMinutes(5),
            };
            client.DefaultRequestHeaders.Add("X-Large-1", new string('x', 15_000));
            client.DefaultRequestHeaders.Add("X-Large-2", new string('y', 15_000));

            var requests = Enumerable.Range(0, Requests).Select(_ => client.GetAsync(new Uri("/", UriKind.Relative), Proxy.Token)).ToList();

            // 66 of them fit; held open all would take 180 MB, as letters have two bytes.
            await Eventually.TrueAsync(() => requests.Count(request => request.IsCompleted) == Requests - 66, TimeSpan.FromMinutes(3));
            var metrics = await probe.GetStringAsync(new Uri("/metrics", UriKind.Relative), Proxy.Token);
            Assert.Contains($"kxds_queue_refused_total{{reason=\"header_budget\"}} {Requests - 66}\n", metrics, StringComparison.Ordinal);
            Assert.InRange(process.WorkingSet64, 1, 250L << 20);
            gate.Open(66);
            var responses = await Task.WhenAll(requests);
            Assert.Equal(66, responses.Count(response => response.StatusCode == HttpStatusCode.OK));
        }
        finally
        {
            process.Kill();
        }
    }

    [Fact]
    public async Task Program_NobodyTakesItsResponses_StaysSmallAndServesOthers()
    {
        const int Connections = 4;
        const int Streams = 250;
        var address = IPAddress.Parse($"127.96.{Environment.ProcessId / 250 % 250}.{1 + Environment.ProcessId % 250}");
        await using var user = await UserContainer.StartAsync(
            context => context.Request.Path == DeafClient.Path ? DeafClient.FeedAsync(context) : Task.CompletedTask,
            Microsoft.AspNetCore.Server.Kestrel.Core.HttpProtocols.Http2);
        using var process = Start(address, user.Port, ("KXDS_TRANSFER_BUDGET_BYTES", "8388608"), ("OBSERVABILITY_CONFIG", """{"requestMetrics":{"protocol":"prometheus"}}"""));
        List<DeafClient> deaf = [];
        try
        {
            using var probe = Proxy.ClientOf(new IPEndPoint(address, Ports.UserMetrics));
            await Eventually.TrueAsync(() => RespondsAsync(probe), Proxy.Limit);

            // What has a body is forwarded by other code than what has none.
            for (var connection = 0; connection < Connections; connection++)
                deaf.Add(await DeafClient.ConnectHttp2Async(new IPEndPoint(address, Ports.BackendHttp), Streams, hasBody: connection % 2 == 1, [], Proxy.Token));

            // Each holds 64 KiB and what it has read, so that 128 of them may stand at most.
            await Eventually.TrueAsync(async () => await RefusedAsync(probe) >= Connections * Streams - 128, TimeSpan.FromMinutes(2));
            process.Refresh();
            // 16 GiB are offered; this program is compiled at run time, with all that its compiler takes.
            Assert.InRange(process.WorkingSet64, 1, 400L << 20);
            using var client = Proxy.ClientOf(new IPEndPoint(address, Ports.BackendHttp));
            using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
            using var served = await client.SendAsync(request, Proxy.Token);
            Assert.Equal(HttpStatusCode.OK, served.StatusCode);
        }
        finally
        {
            deaf.ForEach(client => client.Dispose());
            process.Kill();
        }
    }

    [Theory]
    [InlineData(4_000, "headers_too_large")]
    [InlineData(20_000, "protocol")]
    public async Task Program_HeadersWithoutEndOverHttp2_EndTheirConnectionAndAreCountedForWhatTheyAre(int frame, string reason)
    {
        var address = IPAddress.Parse($"127.98.{Environment.ProcessId / 250 % 250}.{1 + Environment.ProcessId % 250}");
        await using var user = await UserContainer.StartAsync(context => Task.CompletedTask);
        using var process = Start(address, user.Port, ("OBSERVABILITY_CONFIG", """{"requestMetrics":{"protocol":"prometheus"}}"""));
        try
        {
            using var probe = Proxy.ClientOf(new IPEndPoint(address, Ports.UserMetrics));
            await Eventually.TrueAsync(() => RespondsAsync(probe), Proxy.Limit);

            // A frame may have 16 KiB.
            await Http2Floods.ContinuationsAsync(new IPEndPoint(address, Ports.BackendHttp), RawHttp2.Request("/"), RawHttp2.Header("x", new string('x', frame)), Proxy.Token).Within(Proxy.Limit);

            await Eventually.TrueAsync(
                async () => (await probe.GetStringAsync(new Uri("/metrics", UriKind.Relative), Proxy.Token)).Contains($"kxds_queue_refused_total{{reason=\"{reason}\"}} 1\n", StringComparison.Ordinal),
                Proxy.Limit);
        }
        finally
        {
            process.Kill();
            // The next case has the same address.
            await process.WaitForExitAsync(Proxy.Token);
        }
    }

    [Fact]
    public async Task Program_TracesToStdout_PrintsThemOneALine()
    {
        var address = IPAddress.Parse($"127.94.{Environment.ProcessId / 250 % 250}.{1 + Environment.ProcessId % 250}");
        await using var user = await UserContainer.StartAsync(context => Task.CompletedTask);
        using var process = Start(address, user.Port, ("OBSERVABILITY_CONFIG", """{"tracing":{"protocol":"stdout","samplingRate":1}}"""));
        try
        {
            using var client = Proxy.ClientOf(new IPEndPoint(address, Ports.BackendHttp));
            await Eventually.TrueAsync(() => RespondsAsync(client), Proxy.Limit);

            List<JsonElement> spans = [];
            while (spans.Count < 2)
            {
                var line = await process.StandardOutput.ReadLineAsync(Proxy.Token).AsTask().Within(Proxy.Limit);
                spans.Add(JsonDocument.Parse(line!).RootElement);
            }

            Assert.Equal(["kn.queueproxy.proxy", "queue"], spans.Select(span => span.GetProperty("Name").GetString()).Order(StringComparer.Ordinal));
            Assert.Single(spans.Select(span => span.GetProperty("TraceID").GetString()).Distinct());
        }
        finally
        {
            process.Kill();
        }
    }

    private static async Task<bool> SaysShuttingDownAsync(HttpClient admin)
    {
        using var probe = new HttpRequestMessage(HttpMethod.Get, "/");
        probe.Headers.TryAddWithoutValidation("User-Agent", "kube-probe/1.36");
        probe.Headers.Add(HeaderNames.NetworkProbe, ProbeValues.Queue);
        using var response = await admin.SendAsync(probe, Proxy.Token);
        return response.StatusCode == HttpStatusCode.ServiceUnavailable && await response.Content.ReadAsStringAsync(Proxy.Token) == "shutting down\n";
    }

    private static async Task<int> RefusedAsync(HttpClient probe)
    {
        const string Name = "kxds_queue_refused_total{reason=\"transfers\"} ";
        var metrics = await probe.GetStringAsync(new Uri("/metrics", UriKind.Relative), Proxy.Token);
        return int.Parse(metrics.Split('\n').Single(line => line.StartsWith(Name, StringComparison.Ordinal)).AsSpan(Name.Length), System.Globalization.CultureInfo.InvariantCulture);
    }

    private static async Task<bool> RespondsAsync(HttpClient client)
    {
        try
        {
            using var response = await client.GetAsync(new Uri("/metrics", UriKind.Relative), Proxy.Token);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException exception) when (exception.InnerException is SocketException)
        {
            return false;
        }
    }

    private static Process Start(IPAddress address, int userPort, params (string Name, string Value)[] more)
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
        foreach (var (name, value) in more)
            command.Environment[name] = value;
        var process = Process.Start(command)!;
        // Nobody reads it; a full pipe would stop the program.
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginErrorReadLine();
        return process;
    }

    // The published program where KXDS_QUEUE_PROXY names it, else the one that was built with the tests.
    private static ProcessStartInfo Command() =>
        Environment.GetEnvironmentVariable("KXDS_QUEUE_PROXY") is { Length: > 0 } published
            ? new(published) { RedirectStandardError = true, RedirectStandardOutput = true }
            : new("dotnet", [Path.Combine(AppContext.BaseDirectory, "Knative.Xds.QueueProxy.dll")]) { RedirectStandardError = true, RedirectStandardOutput = true };
}

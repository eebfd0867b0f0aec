using System.Net;

namespace Knative.Xds.QueueProxy.Tests;

public sealed class QueueEnvironmentTests
{
    private static readonly Dictionary<string, string> Minimal = new()
    {
        ["CONTAINER_CONCURRENCY"] = "10",
        ["QUEUE_SERVING_PORT"] = "8012",
        ["QUEUE_SERVING_TLS_PORT"] = "8112",
        ["USER_PORT"] = "8080",
        ["REVISION_TIMEOUT_SECONDS"] = "300",
        ["SERVING_NAMESPACE"] = "default",
        ["SERVING_CONFIGURATION"] = "",
        ["SERVING_REVISION"] = "hello-00001",
        ["SERVING_POD"] = "hello-00001-abc",
        ["SERVING_POD_IP"] = "10.0.0.7",
        ["SERVING_LOGGING_CONFIG"] = "",
        ["SERVING_LOGGING_LEVEL"] = "",
    };

    [Fact]
    public void Read_RequiredVariables_GivesUpstreamsMeaning()
    {
        var environment = new QueueEnvironment(Minimal.GetValueOrDefault);

        var options = environment.Read();

        Assert.Empty(environment.Problems);
        Assert.Equal(
            new QueueOptions
            {
                ContainerConcurrency = 10,
                ServingPort = 8012,
                UserPort = 8080,
                Timeout = TimeSpan.FromMinutes(5),
                Namespace = "default",
                Revision = "hello-00001",
                Pod = "hello-00001-abc",
                PodIp = "10.0.0.7",
                LogLevel = "",
            },
            options);
    }

    [Fact]
    public void Read_PodAddress_IsBoundAndIsWhereTheUserIs()
    {
        var options = new QueueEnvironment(new Dictionary<string, string>(Minimal) { ["KXDS_POD_IP"] = "127.8.0.3" }.GetValueOrDefault).Read();

        Assert.Equal((IPAddress.Parse("127.8.0.3"), "127.8.0.3"), (options.BindAddress, options.UserHost));
    }

    [Fact]
    public void Read_EverythingSet_IsFollowed()
    {
        var variables = new Dictionary<string, string>(Minimal)
        {
            ["SERVING_SERVICE"] = "hello",
            ["REVISION_RESPONSE_START_TIMEOUT_SECONDS"] = "5",
            ["REVISION_IDLE_TIMEOUT_SECONDS"] = "7",
            ["SERVING_READINESS_PROBE"] = """{"tcpSocket":{"port":8080,"host":"127.0.0.1"},"successThreshold":1}""",
            ["ENABLE_HTTP2_AUTO_DETECTION"] = "true",
            ["ENABLE_HTTP_FULL_DUPLEX"] = "true",
            ["ENABLE_MULTI_CONTAINER_PROBES"] = "false",
            ["OBSERVABILITY_CONFIG"] = """{"requestMetrics":{"protocol":"prometheus","endpoint":":9191"},"enableRequestLog":true}""",
            ["QUEUE_PROXY_TLS_MIN_VERSION"] = "1.2",
            ["QUEUE_PROXY_TLS_CURVE_PREFERENCES"] = "X25519",
            ["OTEL_SERVICE_NAME"] = "named",
            ["KXDS_STATS_AS_TEXT"] = "1",
            ["KXDS_MAX_CONNECTIONS"] = "100",
            ["KXDS_HEADERS_TIMEOUT_SECONDS"] = "3",
        };

        var environment = new QueueEnvironment(variables.GetValueOrDefault);
        var options = environment.Read();

        Assert.Empty(environment.Problems);
        Assert.Equal(
            ("hello", TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(7), true, 9191, "prometheus", true, "1.2", "X25519", "named", true, 100, TimeSpan.FromSeconds(3)),
            (options.Service, options.ResponseStartTimeout, options.IdleTimeout, options.Http2AutoDetection, options.MetricsPort, options.Observability.RequestMetrics.Protocol, options.Observability.EnableRequestLog,
                options.Tls.MinVersion, options.Tls.CurvePreferences, options.TelemetryName, options.ServesStatsAsText, options.Limits.MaxConnections, options.Limits.HeadersTimeout));
    }

    [Fact]
    public void Read_VariablesOfOlderReleases_CountWhereTheNewOneIsAbsent()
    {
        var variables = new Dictionary<string, string>(Minimal)
        {
            ["SERVING_REQUEST_METRICS_BACKEND"] = "prometheus",
            ["SERVING_ENABLE_REQUEST_LOG"] = "true",
            ["SERVING_REQUEST_LOG_TEMPLATE"] = "{{.Request.Method}}",
            ["SERVING_ENABLE_PROBE_REQUEST_LOG"] = "true",
            ["ENABLE_PROFILING"] = "true",
        };

        var older = new QueueEnvironment(variables.GetValueOrDefault).Read().Observability;
        variables["OBSERVABILITY_CONFIG"] = "{}";
        var newer = new QueueEnvironment(variables.GetValueOrDefault).Read().Observability;

        Assert.Equal(
            ("prometheus", true, "{{.Request.Method}}", true, true),
            (older.RequestMetrics.Protocol, older.EnableRequestLog, older.RequestLogTemplate, older.EnableProbeRequestLog, older.RuntimeProfiling));
        Assert.Equal(("none", false), (newer.RequestMetrics.Protocol, newer.EnableRequestLog));
    }

    [Theory]
    [InlineData("0x50", 80)]
    [InlineData("0b1_0", 2)]
    [InlineData("010", 8)]
    [InlineData("0o17", 15)]
    [InlineData("1_000", 1000)]
    [InlineData("+7", 7)]
    [InlineData("-1", 0)]
    [InlineData("9223372036854775807", int.MaxValue)]
    public void Read_IntegersAsGoReadsThem(string text, int expected)
    {
        var environment = new QueueEnvironment(new Dictionary<string, string>(Minimal) { ["CONTAINER_CONCURRENCY"] = text }.GetValueOrDefault);

        Assert.Equal(expected, environment.Read().ContainerConcurrency);
        Assert.Empty(environment.Problems);
    }

    [Fact]
    public void Read_LimitBeyondAllTimes_IsNoProblem()
    {
        var environment = new QueueEnvironment(new Dictionary<string, string>(Minimal) { ["REVISION_TIMEOUT_SECONDS"] = "9223372036854775807" }.GetValueOrDefault);

        Assert.True(environment.Read().Timeout > TimeSpan.FromDays(365));
        Assert.Empty(environment.Problems);
    }

    [Fact]
    public void Read_LittleMemory_LowersTheDefaultsButNotWhatIsSet()
    {
        var limits = new QueueEnvironment(new Dictionary<string, string>(Minimal) { ["KXDS_MAX_REQUESTS"] = "9000" }.GetValueOrDefault, 512L << 20).Read().Limits;

        Assert.Equal((2_048, 9_000, 256), (limits.MaxConnections, limits.MaxRequests, limits.MaxHttp2Connections));
    }

    [Theory]
    [InlineData("536870912\n", 512L << 20)]
    [InlineData("9223372036854771712\n", 9223372036854771712)]
    [InlineData("max\n", long.MaxValue)]
    public async Task ContainerMemory_FirstFileThatIsThere_Decides(string text, long expected)
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, text, TestContext.Current.CancellationToken);

            Assert.Equal(expected, ContainerMemory.Limit(["/nonexistent/memory.max", file]));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void Read_NothingSet_NamesEveryMissingVariable()
    {
        var environment = new QueueEnvironment(_ => null);

        environment.Read();

        Assert.Equal(Minimal.Keys.Order(StringComparer.Ordinal).Select(name => $"environment variable {name} is not set"), environment.Problems.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("USER_PORT", "http", "environment variable USER_PORT is \"http\", not a number from 1 to 65535")]
    [InlineData("CONTAINER_CONCURRENCY", "", "environment variable CONTAINER_CONCURRENCY is \"\", not a number from -9223372036854775808 to 9223372036854775807")]
    [InlineData("CONTAINER_CONCURRENCY", "08", "environment variable CONTAINER_CONCURRENCY is \"08\", not a number from -9223372036854775808 to 9223372036854775807")]
    [InlineData("REVISION_TIMEOUT_SECONDS", "-1", "environment variable REVISION_TIMEOUT_SECONDS is \"-1\", not a number from 0 to 9223372036854775807")]
    [InlineData("ENABLE_HTTP2_AUTO_DETECTION", "yes", "environment variable ENABLE_HTTP2_AUTO_DETECTION is \"yes\", neither true nor false")]
    [InlineData("OBSERVABILITY_CONFIG", "{", "environment variable OBSERVABILITY_CONFIG: the observability configuration cannot be read:")]
    [InlineData("SERVING_READINESS_PROBE", "{", "environment variable SERVING_READINESS_PROBE:")]
    [InlineData("QUEUE_PROXY_TLS_MIN_VERSION", "1.0", "environment variable QUEUE_PROXY_TLS_MIN_VERSION or _MAX_VERSION: TLS MinVersion is \"1.0\", neither 1.2 nor 1.3")]
    [InlineData("QUEUE_PROXY_TLS_CIPHER_SUITES", "x", "environment variable QUEUE_PROXY_TLS_CIPHER_SUITES: there is no TLS cipher suite x")]
    [InlineData("KXDS_MAX_REQUESTS", "0", "environment variable KXDS_MAX_REQUESTS is \"0\", not a number from 1 to 2147483647")]
    [InlineData("ENABLE_MULTI_CONTAINER_PROBES", "2", "environment variable ENABLE_MULTI_CONTAINER_PROBES is \"2\", neither true nor false")]
    [InlineData("METRICS_PROMETHEUS_PORT", "web", "environment variable METRICS_PROMETHEUS_PORT is \"web\", not a number from 0 to 65535")]
    [InlineData("OBSERVABILITY_CONFIG", """{"tracing":{"protocol":"grpc","endpoint":"two words"}}""", "environment variable OBSERVABILITY_CONFIG: the endpoint of tracing is \"two words\", not a URL")]
    [InlineData("KXDS_POD_IP", "here", "environment variable KXDS_POD_IP is \"here\", not an IP address")]
    public void Read_MalformedVariable_SaysWhich(string name, string value, string problem)
    {
        var environment = new QueueEnvironment(new Dictionary<string, string>(Minimal) { [name] = value }.GetValueOrDefault);

        environment.Read();

        Assert.StartsWith(problem, Assert.Single(environment.Problems), StringComparison.Ordinal);
    }
}

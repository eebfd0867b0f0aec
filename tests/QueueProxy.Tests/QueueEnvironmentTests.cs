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
    public void Read_NothingSet_NamesEveryMissingVariable()
    {
        var environment = new QueueEnvironment(_ => null);

        environment.Read();

        Assert.Equal(Minimal.Keys.Order(StringComparer.Ordinal).Select(name => $"environment variable {name} is not set"), environment.Problems.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("USER_PORT", "http", "environment variable USER_PORT is \"http\", not a number from 1 to 65535")]
    [InlineData("CONTAINER_CONCURRENCY", "-1", "environment variable CONTAINER_CONCURRENCY is \"-1\", not a number from 0 to 2147483647")]
    [InlineData("ENABLE_HTTP2_AUTO_DETECTION", "yes", "environment variable ENABLE_HTTP2_AUTO_DETECTION is \"yes\", neither true nor false")]
    [InlineData("KXDS_POD_IP", "here", "environment variable KXDS_POD_IP is \"here\", not an IP address")]
    public void Read_MalformedVariable_SaysWhich(string name, string value, string problem)
    {
        var environment = new QueueEnvironment(new Dictionary<string, string>(Minimal) { [name] = value }.GetValueOrDefault);

        environment.Read();

        Assert.Equal(problem, Assert.Single(environment.Problems));
    }
}

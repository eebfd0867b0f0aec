using Envoy.Config.Core.V3;
using Envoy.Config.Endpoint.V3;
using Knative.Xds.XdsServer.LoadReports;
using Prometheus;

namespace Knative.Xds.XdsServer.Tests.LoadReports;

public sealed class LoadTableTests
{
    private const string Hello = "default/hello-00001/80";
    private const string Labels = "namespace=\"default\",revision=\"hello-00001\",port=\"80\"";
    private readonly HashSet<string> _served = [Hello];
    private readonly CollectorRegistry _registry = Metrics.NewCustomRegistry();
    private readonly LoadTable _table;

    public LoadTableTests() => _table = new(_served.Contains, new LoadMetrics(Metrics.WithCustomRegistry(_registry)));

    [Fact]
    public void Reports_OfSeveralGateways_AddUp()
    {
        Add(1, [Report(Hello, Part("", successes: 5, errors: 1, issued: 8, inProgress: 2))]);
        Add(2, [Report(Hello, Part("", successes: 10, inProgress: 1))]);
        Add(1, [Report(Hello, Part("", successes: 2, inProgress: 0))]);

        Assert.Equal(17, Value("kxds_revision_requests_total", "pods", "success"));
        Assert.Equal(1, Value("kxds_revision_requests_total", "pods", "error"));
        Assert.Equal(8, Value("kxds_revision_requests_issued_total", "pods"));
        Assert.Equal(1, Value("kxds_revision_requests_in_progress", "pods"));
    }

    [Theory]
    [InlineData("80/tls")]
    [InlineData("80/http1")]
    [InlineData("80/tls/http1")]
    public void Report_OfAPortThatIsSpokenToInAnotherWay_IsCountedApart(string port)
    {
        _served.Add($"default/hello-00001/{port}");
        Add(1, [Report(Hello, Part("", successes: 1)), Report($"default/hello-00001/{port}", Part("", successes: 5, inProgress: 2))]);

        var samples = Exposition.Of(_registry);
        Assert.Equal(5, samples[$"kxds_revision_requests_total{{namespace=\"default\",revision=\"hello-00001\",port=\"{port}\",target=\"pods\",result=\"success\"}}"]);
        Assert.Equal(1, Value("kxds_revision_requests_total", "pods", "success"));
    }

    [Fact]
    public void Report_OfAClusterThatTheGatewaysFleetIsNotServed_CountsForNothing()
    {
        _table.Add(1, [Report(Hello, Part("", successes: 5, inProgress: 2))], _ => false);

        Assert.DoesNotContain(Exposition.Of(_registry).Keys, sample => sample.StartsWith("kxds_revision_requests", StringComparison.Ordinal));
    }

    [Fact]
    public void WhatTheActivatorCarried_IsToldApartAtEveryPriority()
    {
        Add(1, [Report(Hello, Part("", successes: 5), Part("activator", successes: 3, priority: 1), Part("activator", errors: 4))]);

        Assert.Equal(5, Value("kxds_revision_requests_total", "pods", "success"));
        Assert.Equal(3, Value("kxds_revision_requests_total", "activator", "success"));
        Assert.Equal(4, Value("kxds_revision_requests_total", "activator", "error"));
    }

    [Fact]
    public void WhatAGatewayCarriesForAClientWithoutOne_IsCountedThereAlone()
    {
        Add(1, [Report(Hello, Part("gateway", successes: 5))]);

        Assert.DoesNotContain(Exposition.Of(_registry).Keys, sample => sample.StartsWith("kxds_revision_requests_total", StringComparison.Ordinal));
    }

    [Fact]
    public void InProgress_NotReportedAgain_OrOfAStreamThatEnded_IsOver()
    {
        Add(1, [Report(Hello, Part("", inProgress: 4))]);
        Add(2, [Report(Hello, Part("", inProgress: 3))]);
        Add(1, [Report(Hello)]);
        Assert.Equal(3, Value("kxds_revision_requests_in_progress", "pods"));

        _table.Leave(2);
        Assert.Equal(0, Value("kxds_revision_requests_in_progress", "pods"));
    }

    [Fact]
    public void ClusterThatIsNotServed_HasNoSeries()
    {
        Add(1, [Report("default/made-up/80", Part("", successes: 5))]);

        Assert.Equal(1, Exposition.Value(_registry, "kxds_load_reports_unknown_clusters_total"));
        Assert.DoesNotContain(Exposition.Of(_registry).Keys, sample => sample.Contains("made-up", StringComparison.Ordinal));
    }

    [Fact]
    public void RevisionThatGoes_TakesItsSeriesWithIt()
    {
        Add(1, [Report(Hello, Part("", successes: 5, inProgress: 1), Part("activator", errors: 1))]);
        _served.Clear();

        _table.Sweep();
        Add(1, [Report(Hello, Part("", successes: 5, inProgress: 2))]);
        _table.Leave(1);

        Assert.DoesNotContain(Exposition.Of(_registry).Keys, sample => sample.Contains("hello-00001", StringComparison.Ordinal));
    }

    [Fact]
    public void RevisionsThatComeAndGo_WhileNobodyScrapes_DoNotAddUp()
    {
        for (var i = 0; i < 5_000; i++)
        {
            var cluster = $"default/passing-{i:00000}/80";
            _served.Add(cluster);
            Add(1, [Report(Hello, Part("", successes: 1)), Report(cluster, Part("", successes: 1))]);
            _served.Remove(cluster);
        }

        var samples = Exposition.Of(_registry).Keys;
        Assert.InRange(samples.Count(sample => sample.Contains("passing-", StringComparison.Ordinal)), 0, 4_000);
        Assert.Equal(5_000, Value("kxds_revision_requests_total", "pods", "success"));
    }

    private void Add(long stream, ClusterStats[] clusters) => _table.Add(stream, clusters, _ => true);

    private static ClusterStats Report(string cluster, params UpstreamLocalityStats[] parts) => new() { ClusterName = cluster, UpstreamLocalityStats = { parts } };

    private static UpstreamLocalityStats Part(string zone, ulong successes = 0, ulong errors = 0, ulong issued = 0, ulong inProgress = 0, uint priority = 0) => new()
    {
        Locality = new Locality { SubZone = zone },
        Priority = priority,
        TotalSuccessfulRequests = successes,
        TotalErrorRequests = errors,
        TotalIssuedRequests = issued,
        TotalRequestsInProgress = inProgress,
    };

    private double Value(string metric, string target, string? result = null) =>
        Exposition.Value(_registry, $"{metric}{{{Labels},target=\"{target}\"{(result is null ? "" : $",result=\"{result}\"")}}}");
}

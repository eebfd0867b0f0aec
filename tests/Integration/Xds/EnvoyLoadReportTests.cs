using Knative.Xds.Core.Model;
using Knative.Xds.Integration.Kingress.Harness;
using Knative.Xds.Kube.Api;
using Knative.Xds.Testing;

namespace Knative.Xds.Integration.Xds;

/// <summary>What the real Envoy reports of its load, as a scrape of the server reads it.</summary>
public sealed class EnvoyLoadReportTests(EnvoyStack stack) : IClassFixture<EnvoyStack>
{
    [Fact]
    [Trap("load reports without statistics, activators told apart")]
    public async Task Requests_AreCountedExactly_BySuccessAndError()
    {
        stack.Need();
        await using var failing = await Backend.StartAsync("failing", context =>
        {
            context.Response.StatusCode = 500;
            return Task.CompletedTask;
        });
        await stack.Server.ServiceAsync("load-ok", stack.A.Port);
        await stack.Server.ServiceAsync("load-bad", failing.Port);
        await ServeAsync("load-ok", "load-ok");
        await ServeAsync("load-bad", "load-bad");

        await AskAsync("load-ok.example.com", 200, 30);
        await AskAsync("load-bad.example.com", 500, 7);
        await CountsAsync(Finished("load-ok", "pods", "success"), 30);
        await AskAsync("load-ok.example.com", 200, 5);

        await CountsAsync(Finished("load-ok", "pods", "success"), 35);
        await CountsAsync(Finished("load-ok", "pods", "error"), 0);
        await CountsAsync(Finished("load-bad", "pods", "error"), 7);
        await CountsAsync(Finished("load-bad", "pods", "success"), 0);
        await CountsAsync("kxds_revision_requests_issued_total{namespace=\"default\",revision=\"load-ok\",port=\"80\",target=\"pods\"}", 35);
    }

    [Fact]
    public async Task RequestsInProgress_AreAGauge()
    {
        stack.Need();
        var release = new TaskCompletionSource();
        await using var slow = await Backend.StartAsync("slow", context => release.Task);
        await stack.Server.ServiceAsync("load-slow", slow.Port);
        await ServeAsync("load-slow", "load-slow");
        var inProgress = "kxds_revision_requests_in_progress{namespace=\"default\",revision=\"load-slow\",port=\"80\",target=\"pods\"}";

        var waiting = Task.WhenAll(Enumerable.Range(0, 3).Select(_ => stack.Gateway.GetAsync("load-slow.example.com")));
        await CountsAsync(inProgress, 3);
        release.SetResult();
        await waiting;

        await CountsAsync(inProgress, 0);
        await CountsAsync(Finished("load-slow", "pods", "success"), 3);
    }

    [Fact]
    [Trap("load reports without statistics, activators told apart")]
    public async Task WhatTheActivatorCarries_IsToldApart()
    {
        stack.Need();
        await stack.Server.ServiceAsync("load-rev");
        await stack.Server.ServiceAsync("load-rev-private", stack.A.Port);
        await stack.Server.SksAsync("load-rev", "Proxy");
        await stack.Server.ActivatorsAsync(stack.B.Port);
        await ServeAsync("load-rev", "load-rev");

        await AskAsync("load-rev.example.com", 200, 4);
        await CountsAsync(Finished("load-rev", "activator", "success"), 4);
        await stack.Server.SksAsync("load-rev", "Serve");
        await stack.Gateway.AnswersAsync("load-rev.example.com", "a");
        await Eventually.TrueAsync(async () => await stack.Server.MetricAsync(Finished("load-rev", "pods", "success")) > 0, XdsStack.Limit);
        await AskAsync("load-rev.example.com", 200, 10);
        var all = stack.A.Revisions.Count(revision => revision == "load-rev");

        await CountsAsync(Finished("load-rev", "pods", "success"), all);
    }

    [Fact]
    public async Task RevisionThatGoes_TakesItsSeriesWithIt()
    {
        stack.Need();
        await stack.Server.ServiceAsync("load-gone", stack.A.Port);
        await ServeAsync("load-gone", "load-gone");
        await AskAsync("load-gone.example.com", 200, 2);
        await CountsAsync(Finished("load-gone", "pods", "success"), 2);

        await stack.Server.Client.DeleteAsync<KIngress>(new ObjectKey(XdsStack.Namespace, "load-gone"), CancellationToken.None);

        await Eventually.TrueAsync(async () => !(await stack.Server.AdminAsync("/metrics")).Contains("load-gone", StringComparison.Ordinal), XdsStack.Limit);
    }

    /// <summary>Makes an ingress; returns when the next requests are counted: Envoy counts from the report on that follows a cluster's coming.</summary>
    private async Task ServeAsync(string name, string service)
    {
        await stack.Server.IngressAsync(name, $"{name}.example.com", (service, 100));
        await stack.Server.ConditionAsync(name, "Ready", "True");
        var reports = await stack.Server.MetricAsync("kxds_load_reports_total") ?? 0;
        await Eventually.TrueAsync(async () => await stack.Server.MetricAsync("kxds_load_reports_total") >= reports + 2, XdsStack.Limit);
    }

    private static string Finished(string service, string target, string result) =>
        $"kxds_revision_requests_total{{namespace=\"default\",revision=\"{service}\",port=\"80\",target=\"{target}\",result=\"{result}\"}}";

    private async Task AskAsync(string host, int status, int times)
    {
        for (var i = 0; i < times; i++)
        {
            Assert.Equal(status, (await stack.Gateway.GetAsync(host)).Code);
        }
    }

    private async Task CountsAsync(string sample, double expected)
    {
        double? found = null;
        try
        {
            await Eventually.TrueAsync(async () => (found = await stack.Server.MetricAsync(sample)) == expected, XdsStack.Limit);
        }
        catch (TimeoutException late)
        {
            throw new TimeoutException($"{sample} is {found}, not {expected}", late);
        }
    }
}

using Knative.Xds.Integration.Kingress.Harness;
using Microsoft.AspNetCore.Http;

namespace Knative.Xds.Integration.Kingress;

/// <summary>Upstream's rows on what a gateway must not do by itself.</summary>
public sealed class ConformanceResponseTests(SharedKingressWorld shared)
{
    [Fact]
    [Conformance("retry")]
    public async Task FirstAnswer503_IsHandedOnAndNothingElseTookIt()
    {
        await using var ns = await shared.NamespaceAsync();
        var backend = await ns.Http2BackendAsync("retry", new BackendOptions { FirstCodes = [503] });
        await ns.ReadyAsync("retry", Spec.External(ns.Host("retry"), Spec.All(Spec.To("retry"))));

        Assert.Equal(503, (await ns.External.GetAsync(ns.Host("retry"))).Code);
        Assert.Equal(200, (await ns.External.GetAsync(ns.Host("retry"))).Code);
        Assert.Equal(2, backend.Answers);
    }

    // The one test that takes its time: what it shows is that ten seconds pass without a time limit.
    [Fact]
    [Conformance("timeout")]
    public async Task TenSecondsBeforeOrAfterTheHeaders_AreAnswered()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("slow", new BackendOptions { Handler = AnswerSlowlyAsync });
        await ns.ReadyAsync("timeout", Spec.External(ns.Host("timeout"), Spec.All(Spec.To("slow"))));

        var answers = await Task.WhenAll(new[] { "/", "/before", "/after" }.Select(target => ns.External.GetAsync(ns.Host("timeout"), target)));

        Assert.All(answers, answer => Assert.Equal((200, "done"), (answer.Code, answer.Body)));
    }

    private static async Task AnswerSlowlyAsync(HttpContext context)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(10));
        if (context.Request.Path == "/before")
        {
            await timer.WaitForNextTickAsync();
        }

        await context.Response.StartAsync();
        await context.Response.Body.FlushAsync();
        if (context.Request.Path == "/after")
        {
            await timer.WaitForNextTickAsync();
        }

        await context.Response.WriteAsync("done");
    }
}

using Knative.Xds.Integration.Kingress.Harness;
using Microsoft.AspNetCore.Http;

namespace Knative.Xds.Integration.Kingress.Edge;

/// <summary>Headers that Envoy obeys, sent by clients outside, where it believes what they say of their address.</summary>
[Collection(ConfiguredGateways.Name)]
public sealed class EnvoyHeadersTests(ConfiguredWorld shared)
{
    [Fact]
    public async Task ClientsAddressIsBelieved_EnvoysHeadersFromOutsideHaveNoEffectAllTheSame()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("slow", new BackendOptions { Handler = NameEnvoysHeadersLateAsync });
        var busy = await ns.BackendAsync("busy", new BackendOptions { FirstCodes = [503, 503, 503, 503] });
        await ns.ReadyAsync("limit", Spec.External(ns.Host("limit"), Spec.All(Spec.To("slow"))));
        await ns.ReadyAsync("retries", Spec.External(ns.Host("retries"), Spec.All(Spec.To("busy"))));
        using var client = await shared.ConfigureAsync(("use-remote-address", "false"));
        // An address inside.
        var inside = ("X-Forwarded-For", "10.0.0.1");

        var late = await client.GetAsync(ns.Host("limit"), "/", inside, ("x-envoy-upstream-rq-timeout-ms", "1"), ("x-envoy-whatever", "1"));
        var failed = await client.GetAsync(ns.Host("retries"), "/", inside, ("x-envoy-retry-on", "5xx,gateway-error"), ("x-envoy-max-retries", "3"));

        Assert.Equal((200, "", 503, 1), (late.Code, late.Body, failed.Code, busy.Answers));
    }

    private static async Task NameEnvoysHeadersLateAsync(HttpContext context)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        await timer.WaitForNextTickAsync();
        await context.Response.WriteAsync(string.Join(' ', context.Request.Headers.Keys.Where(name => name.StartsWith("x-envoy-", StringComparison.OrdinalIgnoreCase))));
    }
}

using Knative.Xds.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Knative.Xds.QueueProxy.Tests.Limits;

/// <summary>What may be on its way to those who do not take it.</summary>
public sealed class TransferLimitTests
{
    private static readonly Uri Root = new("/", UriKind.Relative);

    [Fact]
    public async Task Uploads_ThatTheUserContainerDoesNotTake_GiveWayToLaterOnes()
    {
        // Held here: a connection that nobody reads and whose request waits for what nobody holds is collected as garbage, and so reset.
        var never = new TaskCompletionSource();
        await using var proxy = await Proxy.StartAsync(
            async context =>
            {
                context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = null;
                if (context.Request.Path == "/stuck")
                    await never.Task.WaitAsync(context.RequestAborted);
                await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
                await context.Response.WriteAsync("taken");
            },
            options => options with { Limits = new QueueLimits { TransferBudgetBytes = 100_000 } });
        // More than kernels keep for two connections: some give each 32 MiB to receive and 4 to send.
        const int Large = 128 << 20;
        await using var source = new LongStream(Large);
        var stuck = proxy.Client.PostAsync(new Uri("/stuck", UriKind.Relative), new StreamContent(source), Proxy.Token);
        // A busy machine stands still for a while too, before the upload does.
        await Standstill.ReachedAsync(() => source.Given, async () => await LimitClient.ValueAsync(proxy, "kxds_queue_transfer_bytes ") == 64 << 10, Proxy.Limit);

        using var taken = await proxy.Client.PostAsync(Root, new StreamContent(new LongStream(Large)), Proxy.Token).Within(Proxy.Limit);

        Assert.Equal("taken", await taken.Content.ReadAsStringAsync(Proxy.Token));
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => stuck.Within(Proxy.Limit));
        await LimitClient.AssertRefusedAsync(proxy, "transfers");
        await Eventually.TrueAsync(async () => await LimitClient.ValueAsync(proxy, "kxds_queue_transfer_bytes ") == 0, Proxy.Limit);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Responses_ThatNobodyTakes_AreBoundedAndCountedAndOthersAreServed(int version)
    {
        const int Budget = 4 << 20;
        await using var proxy = await Proxy.StartAsync(
            context => context.Request.Path == DeafClient.Path ? DeafClient.FeedAsync(context) : context.Response.WriteAsync("small"),
            options => options with { Limits = new QueueLimits { TransferBudgetBytes = Budget } },
            version == 2 ? HttpProtocols.Http2 : HttpProtocols.Http1);
        var deaf = version == 2 ? [await DeafClient.ConnectHttp2Async(proxy.App.MainEndPoint, streams: 200, hasBody: false, [], Proxy.Token)] : new List<DeafClient>();
        for (var client = 0; version == 1 && client < 200; client++)
            deaf.Add(await DeafClient.ConnectHttp1Async(proxy.App.MainEndPoint, hasBody: false, [], Proxy.Token));

        // Each holds 64 KiB and what it has read, so that 64 of them may stand at most.
        await Eventually.TrueAsync(async () => await LimitClient.ValueAsync(proxy, "kxds_queue_refused_total{reason=\"transfers\"} ") >= 200 - Budget / (64 << 10), Proxy.Limit);

        Assert.InRange(await LimitClient.ValueAsync(proxy, "kxds_queue_transfer_bytes "), Budget / 2, Budget);
        using var request = new HttpRequestMessage(HttpMethod.Get, Root) { Version = new Version(version, version == 2 ? 0 : 1), VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using var served = await proxy.Client.SendAsync(request, Proxy.Token).Within(Proxy.Limit);
        Assert.Equal("small", await served.Content.ReadAsStringAsync(Proxy.Token));
        deaf.ForEach(client => client.Dispose());
        await Eventually.TrueAsync(async () => await LimitClient.ValueAsync(proxy, "kxds_queue_transfer_bytes ") == 0, Proxy.Limit);
    }
}

using Knative.Xds.Activation;
using Knative.Xds.Activation.Forwarding;
using Knative.Xds.Activation.Measuring;
using Knative.Xds.Activation.Throttling;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Prometheus;

namespace Knative.Xds.Activator.Tests.Serving;

public sealed class ReplayableBodyTests
{
    private const int Limit = 64 * 1024;

    [Fact]
    public async Task Read_OfOneThatWasGivenUp_PushesNobodyOut()
    {
        // One of them fits.
        var budgets = NewBudgets(transfers: 100_000);
        var (first, second) = (new Lifetime(), new Lifetime());
        await using var given = NewBody(first, budgets);
        await using var later = NewBody(second, budgets);
        var buffer = new byte[100];
        await given.ReadExactlyAsync(buffer, TestContext.Current.CancellationToken);
        await later.ReadExactlyAsync(buffer, TestContext.Current.CancellationToken);
        Assert.Equal((1, 0), (first.Aborts, second.Aborts));

        // The server had more of it already.
        await given.ReadExactlyAsync(buffer, TestContext.Current.CancellationToken);

        Assert.Equal((1, 0), (first.Aborts, second.Aborts));
        Assert.Equal(64 * 1024, budgets.Transfers.Held);
        later.End();
        Assert.Equal(0, budgets.Transfers.Held);
    }

    [Fact]
    public async Task Read_AfterTheRequestEnded_HoldsNothing()
    {
        var budgets = NewBudgets(transfers: 100_000);
        await using var body = NewBody(new Lifetime(), budgets);
        var buffer = new byte[100];
        await body.ReadExactlyAsync(buffer, TestContext.Current.CancellationToken);

        body.End();
        await body.ReadExactlyAsync(buffer, TestContext.Current.CancellationToken);

        Assert.Equal((0, 0), (budgets.Transfers.Held, budgets.Bodies.Held));
    }

    [Fact]
    public async Task Rewind_BeforeAnybodyGotIt_GivesItFromTheBeginning()
    {
        var budgets = NewBudgets(transfers: 1 << 20);
        await using var body = NewBody(new Lifetime(), budgets);
        var (once, again) = (new byte[100], new byte[200]);
        await body.ReadExactlyAsync(once, TestContext.Current.CancellationToken);

        Assert.True(body.TryRewind());
        await body.ReadExactlyAsync(again, TestContext.Current.CancellationToken);

        Assert.Equal(Bytes()[..200], again);
        Assert.Equal(200, body.Received);
    }

    private static RequestBudgets NewBudgets(long transfers)
    {
        var registry = Metrics.NewCustomRegistry();
        var options = new ActivatorOptions { TransferBudgetBytes = transfers };
        return new RequestBudgets(options, new ActivatorMetrics(Metrics.WithCustomRegistry(registry), options), registry);
    }

    private static ReplayableBody NewBody(Lifetime lifetime, RequestBudgets budgets)
    {
        var context = new DefaultHttpContext();
        context.Features.Set<IHttpRequestLifetimeFeature>(lifetime);
        context.Request.Body = new MemoryStream(Bytes());
        return new ReplayableBody(context, Limit, budgets);
    }

    private static byte[] Bytes()
    {
        var bytes = new byte[1000];
        new Random(1).NextBytes(bytes);
        return bytes;
    }

    private sealed class Lifetime : IHttpRequestLifetimeFeature
    {
        public int Aborts { get; private set; }

        public CancellationToken RequestAborted { get; set; }

        public void Abort() => Aborts++;
    }
}

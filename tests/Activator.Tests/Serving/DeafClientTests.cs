using System.Globalization;
using System.Net;
using Knative.Xds.Activation;
using Knative.Xds.Activator.Tests.Fakes;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;
using Knative.Xds.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Knative.Xds.Activator.Tests.Serving;

/// <summary>The program itself, while many clients ask for a lot and take none of it.</summary>
public sealed class DeafClientTests
{
    private const string Refused = "kxds_activator_refused_total{reason=\"transfers\"} ";
    private const string Held = "kxds_activator_held_bytes{kind=\"transfers\"} ";
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);
    private static readonly (string, string)[] Named =
        [(HeaderNames.RevisionNamespace.ToLowerInvariant(), TestActivator.Revision.Namespace), (HeaderNames.RevisionName.ToLowerInvariant(), TestActivator.Revision.Name)];
    private static readonly ObjectKey PrivateService = new(TestActivator.Revision.Namespace, TestActivator.Revision.Name + "-private");
    // A fraction of what the clients would have, which is 16 MiB each.
    private static readonly ActivatorOptions Options = new()
    {
        MaxConnections = 512,
        MaxHttp2Connections = 4,
        MaxRequests = 2_048,
        HeaderBudgetBytes = 8 << 20,
        BodyBudgetBytes = 8 << 20,
        TransferBudgetBytes = 4 << 20,
        WindowBudgetBytes = 8 << 20,
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    // What has no body is forwarded by other code than what has one, over either protocol.
    [Theory]
    [InlineData(1, 400, false)]
    [InlineData(1, 400, true)]
    [InlineData(2, 1_000, false)]
    [InlineData(2, 1_000, true)]
    public async Task Responses_ThatNobodyTakes_StayWithinTheSumOfTheLimitsAndOthersAreServed(int version, int clients, bool hasBody)
    {
        var http2Requests = version == 2 ? clients : 0;
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateRevisionAsync(TestActivator.Revision, containerConcurrency: 0, version == 2 ? "h2c" : "http1");
        await using var pod = await FakePod.StartAsync(
            context => context.Request.Path == DeafClient.Path ? DeafClient.FeedAsync(context) : context.Response.WriteAsync("hello"),
            version == 2 ? HttpProtocols.Http2 : HttpProtocols.Http1);
        await cluster.CreateSliceAsync(
            PrivateService, TestCluster.LabelsOf(TestActivator.Revision, Labels.ServiceTypePrivate), pod.Port, ready: true, portName: version == 2 ? Ports.NameHttp2 : Ports.NameHttp);
        await using var activator = await ActivatorProcess.StartAsync(cluster.Kubeconfig, limits: Options, http2Requests: http2Requests);
        var deaf = await ConnectAsync(activator.EndPoint, version, clients, hasBody);
        try
        {
            // The budget is for some of them. What goes may have been on its way to the pod yet.
            await Standstill.ReachedAsync(
                () => pod.Served,
                async () => await ValueAsync(activator, Refused) is var refused and > 0 && pod.Served + refused >= clients && await ValueAsync(activator, Held) > 0,
                Limit);

            var used = activator.WorkingSetMiB;
            var most = (long)(LimitSum.Rows(Options, http2Requests).Sum() / (1 << 20));
            TestContext.Current.TestOutputHelper?.WriteLine($"{used} of {most} MiB");
            Assert.InRange(used, 1, most);
            Assert.InRange(await ValueAsync(activator, Held), 1, Options.TransferBudgetBytes);
            using var client = TestActivator.NewClient(activator.EndPoint, new Version(version, version == 1 ? 1 : 0));
            Assert.Equal("hello", await client.GetStringAsync("/", Token).Within(Limit));
        }
        finally
        {
            deaf.ForEach(client => client.Dispose());
        }
    }

    private static async Task<List<DeafClient>> ConnectAsync(IPEndPoint endPoint, int version, int clients, bool hasBody)
    {
        List<DeafClient> deaf = [];
        while (version == 1 && deaf.Count < clients)
        {
            deaf.Add(await DeafClient.ConnectHttp1Async(endPoint, hasBody, Named, Token));
        }

        if (version == 2)
        {
            deaf.Add(await DeafClient.ConnectHttp2Async(endPoint, clients, hasBody, Named, Token));
        }

        return deaf;
    }

    private static async Task<long> ValueAsync(ActivatorProcess activator, string sample) =>
        long.Parse((await activator.MetricsAsync()).Split('\n').Single(line => line.StartsWith(sample, StringComparison.Ordinal)).AsSpan(sample.Length), CultureInfo.InvariantCulture);
}

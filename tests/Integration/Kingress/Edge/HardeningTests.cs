using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Knative.Xds.Integration.Kingress.Harness;
using Knative.Xds.Integration.Xds;
using Knative.Xds.Testing;
using Knative.Xds.Testing.Gateways;

namespace Knative.Xds.Integration.Kingress.Edge;

/// <summary>What Envoy's edge guide asks for, as clients meet it.</summary>
public sealed class HardeningTests(HardenedWorld shared) : IClassFixture<HardenedWorld>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task HeaderWithAnUnderscore_FromOutsideIsRefused_FromInsideIsNot()
    {
        await using var ns = await IngressAsync();

        Assert.Equal(400, (await ns.External.GetAsync(ns.Host("a"), "/", ("x_forwarded_for", "1.2.3.4"))).Code);
        Assert.Equal("1.2.3.4", (await ns.Local.GetAsync(ns.Host("a"), "/", ("x_forwarded_for", "1.2.3.4"))).Seen["x_forwarded_for"]);
    }

    [Fact]
    public async Task HeadersBeyondTheLimit_431()
    {
        await using var ns = await IngressAsync();

        Assert.Equal(431, (await ns.External.GetAsync(ns.Host("a"), "/", ("X-Big", new string('a', 61 * 1024)))).Code);
    }

    [Fact]
    public async Task HeadersThatDoNotEnd_408()
    {
        await using var ns = await IngressAsync();
        using var connection = await RawHttp.ConnectAsync(ns.External.EndPoint, Cancel);

        await connection.SendAsync("GET / HTTP/1.1", $"Host: {ns.Host("a")}");

        Assert.StartsWith("HTTP/1.1 408 ", await connection.ReadToAsync("\r\n", Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ConnectionWithoutARequest_IsClosed()
    {
        await using var ns = await IngressAsync();
        using var connection = await RawHttp.ConnectAsync(ns.External.EndPoint, Cancel);
        await connection.SendAsync("GET / HTTP/1.1", $"Host: {ns.Host("a")}", "");
        await connection.ReadToAsync("\"Backend\"", Cancel);

        Assert.True(await connection.IsClosedAsync(Cancel));
    }

    [Fact]
    public async Task StreamsOfOneConnection_BeyondTheLimitWait()
    {
        RealComponents.OrSkip(RealComponents.Envoy, "envoy");
        await using var ns = await shared.World.NamespaceAsync();
        var gate = new TaskCompletionSource();
        var backend = await ns.BackendAsync("held", new BackendOptions { Handler = _ => gate.Task });
        await ns.ReadyAsync("i", Spec.External(ns.Host("a"), Spec.All(Spec.To("held"))));
        using var client = new HttpClient(FixedEndPoint.Handler(ns.External.EndPoint));

        var answers = Enumerable.Range(0, HardenedWorld.Streams + 2).Select(_ => client.SendAsync(new HttpRequestMessage(HttpMethod.Get, $"http://{ns.Host("a")}/") { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact }, Cancel)).ToList();
        await Eventually.TrueAsync(() => backend.Answers == HardenedWorld.Streams, XdsStack.Limit);
        Assert.DoesNotContain(answers, answer => answer.IsCompleted);
        gate.SetResult();

        foreach (var answer in await Task.WhenAll(answers))
        {
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            answer.Dispose();
        }
    }

    [Fact]
    public async Task ConnectionsBeyondTheLimit_AreClosed_AndTheClusterIsServedAllTheSame()
    {
        await using var world = await KingressWorld.StartAsync(adjust: options => options with { Bootstrap = text => text.Replace("max_active_downstream_connections: 50000", "max_active_downstream_connections: 3", StringComparison.Ordinal) });
        await using var ns = await world.NamespaceAsync();
        await ns.BackendAsync("runtime");
        await ns.ReadyAsync("i", Spec.External(ns.Host("a"), Spec.All(Spec.To("runtime"))));
        var open = new List<RawHttp>();
        try
        {
            await Eventually.TrueAsync(
                async () =>
                {
                    var connection = await RawHttp.ConnectAsync(ns.External.EndPoint, Cancel);
                    open.Add(connection);
                    await connection.SendAsync("GET / HTTP/1.1", $"Host: {ns.Host("a")}", "");
                    return await connection.IsClosedAsync(Cancel, orAnswered: true);
                },
                XdsStack.Limit);

            Assert.InRange(open.Count, 2, 4);
            Assert.Equal("runtime", (await ns.Local.GetAsync(ns.Host("a"))).Backend);
        }
        finally
        {
            open.ForEach(connection => connection.Dispose());
        }
    }

    [Fact]
    public async Task MemoryBeyondTheLimit_RequestsAreRefusedUntilThereIsSome()
    {
        await using var world = await KingressWorld.StartAsync(adjust: options => options with { Bootstrap = text => text.Replace("max_heap_size_bytes: 2147483648", "max_heap_size_bytes: 1000000", StringComparison.Ordinal) });
        await using var ns = await world.NamespaceAsync();
        await ns.BackendAsync("runtime");
        await ns.IngressAsync("i", Spec.External(ns.Host("a"), Spec.All(Spec.To("runtime"))));
        await ns.ReadyAsync("i");

        await Eventually.TrueAsync(async () => await ns.External.GetAsync(ns.Host("a")) is { Code: 503, Body: "envoy overloaded" }, XdsStack.Limit);
    }

    [Fact]
    public async Task SlowReadersOfLargeAnswers_HoldLittleOfTheGatewaysMemory()
    {
        const int Readers = 4;
        const long AnswerBytes = 64 << 20;
        const long LittleBytes = 8 << 20;
        RealComponents.OrSkip(RealComponents.Envoy, "envoy");
        await using var ns = await shared.World.NamespaceAsync();
        var (asked, written) = (0, 0L);
        await ns.Http2BackendAsync("large", new BackendOptions
        {
            Handler = async context =>
            {
                Interlocked.Increment(ref asked);
                var part = new byte[16 * 1024];
                for (var sent = 0L; sent < AnswerBytes; sent += part.Length)
                {
                    await context.Response.Body.WriteAsync(part, context.RequestAborted);
                    Interlocked.Add(ref written, part.Length);
                }
            },
        });
        await ns.ReadyAsync("i", Spec.External(ns.Host("a"), Spec.All(Spec.To("large"))));
        using var admin = new HttpClient { BaseAddress = await shared.World.Envoy.AdminAsync() };
        var before = await HeapAsync(admin);

        var readers = await Task.WhenAll(Enumerable.Range(0, Readers).Select(_ => RawHttp.ConnectAsync(ns.External.EndPoint, Cancel)));
        try
        {
            foreach (var reader in readers)
            {
                await reader.SendAsync("GET / HTTP/1.1", $"Host: {ns.Host("a")}", "");
            }

            // All wait for their readers when nothing has been written for a while.
            var (last, unchanged) = (0L, 0);
            await Eventually.TrueAsync(
                () =>
                {
                    var now = Interlocked.Read(ref written);
                    (last, unchanged) = (now, now == last ? unchanged + 1 : 0);
                    return Volatile.Read(ref asked) == Readers && unchanged == 50;
                },
                XdsStack.Limit);

            Assert.InRange(written, 1, (Readers * AnswerBytes) - 1);
            // What others held before may have gone meanwhile.
            Assert.InRange(await HeapAsync(admin) - before, long.MinValue, LittleBytes);
        }
        finally
        {
            Array.ForEach(readers, reader => reader.Dispose());
        }
    }

    private static async Task<long> HeapAsync(HttpClient admin)
    {
        var memory = JsonNode.Parse(await admin.GetStringAsync(new Uri("memory", UriKind.Relative), Cancel))!;
        return long.Parse(memory["allocated"]!.GetValue<string>(), CultureInfo.InvariantCulture);
    }

    private async Task<TestNamespace> IngressAsync()
    {
        RealComponents.OrSkip(RealComponents.Envoy, "envoy");
        var ns = await shared.World.NamespaceAsync();
        await ns.BackendAsync("runtime");
        await ns.ReadyAsync("i", Spec.External(ns.Host("a"), Spec.All(Spec.To("runtime"))));
        return ns;
    }
}

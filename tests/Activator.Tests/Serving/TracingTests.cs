using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Knative.Xds.Activation.Configuration;
using Knative.Xds.Activator.Tests.Fakes;
using Knative.Xds.Core.Configuration;
using Knative.Xds.Core.Model;
using Knative.Xds.Hosting;
using Knative.Xds.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Knative.Xds.Activator.Tests.Serving;

public sealed class TracingTests
{
    private const string Trace = "0af7651916cd43dd8448eb211c80319c";
    private const string Parent = $"00-{Trace}-b7ad6b7169203331-01";

    [Theory]
    [InlineData(1, "http/protobuf", "/v1/traces", "/v1/traces", "application/x-protobuf")]
    [InlineData(2, "http/protobuf", "/v1/traces", "/v1/traces", "application/x-protobuf")]
    [InlineData(1, "grpc", "", "/opentelemetry.proto.collector.trace.v1.TraceService/Export", "application/grpc")]
    public async Task Traced_Request_ThePodIsAChildAndTheReceiverGetsTheSpans(int version, string protocol, string path, string asked, string type)
    {
        var received = new ConcurrentQueue<(string Path, string Type, byte[] Body)>();
        await using var receiver = await ReceiverAsync(received, protocol == "grpc" ? HttpProtocols.Http2 : HttpProtocols.Http1);
        string? seen = null;
        await using var pod = await StartPodAsync(version, context => Keep(context, out seen));
        await using (var activator = await StartAsync(pod, version, new TracingConfig { Protocol = protocol, Endpoint = $"http://{receiver.BoundEndPoints()[0]}{path}", SamplingRate = 1 }))
        {
            await GetAsync(activator, version);
        }

        Assert.StartsWith($"00-{Trace}-", seen, StringComparison.Ordinal);
        Assert.NotEqual(Parent, seen);
        var id = Convert.FromHexString(Trace);
        await Eventually.TrueAsync(() => received.Any(message => message.Body.AsSpan().IndexOf(id) >= 0));
        Assert.All(received, message => Assert.Equal((asked, type), (message.Path, message.Type)));
        var text = string.Concat(received.Select(message => Encoding.Latin1.GetString(message.Body)));
        Assert.All(["handle", "throttler_try", "activator_proxy", "kn.revision.name", "hello-00001", "activator-0"], part => Assert.Contains(part, text, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(1, "none", 1)]
    [InlineData(2, "none", 1)]
    [InlineData(1, "http/protobuf", 0)]
    [InlineData(2, "http/protobuf", 0)]
    public async Task NotTraced_Request_KeepsItsTraceHeader(int version, string protocol, double rate)
    {
        string? seen = null;
        await using var pod = await StartPodAsync(version, context => Keep(context, out seen));
        await using var activator = await StartAsync(pod, version, new TracingConfig { Protocol = protocol, Endpoint = "http://127.0.0.1:9/v1/traces", SamplingRate = rate });

        await GetAsync(activator, version);

        Assert.Equal(Parent, seen);
    }

    private static Task Keep(HttpContext context, out string seen)
    {
        seen = context.Request.Headers.TraceParent.ToString();
        return Task.CompletedTask;
    }

    private static Task<FakePod> StartPodAsync(int version, RequestDelegate application) => FakePod.StartAsync(application, version == 2 ? HttpProtocols.Http2 : HttpProtocols.Http1);

    private static async Task<TestActivator> StartAsync(FakePod pod, int version, TracingConfig tracing)
    {
        var activator = await TestActivator.StartAsync();
        activator.App.Services.GetRequiredService<LiveSettings>().Set(new ObservabilityConfig { Tracing = tracing });
        activator.AddRevision(protocol: version == 2 ? AppProtocol.H2C : AppProtocol.Http1);
        activator.SetPods(pod.Endpoint());
        return activator;
    }

    private static async Task GetAsync(TestActivator activator, int version)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Version = new Version(version, version == 1 ? 1 : 0), VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        request.Headers.TryAddWithoutValidation("traceparent", Parent);
        using var response = await activator.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    private static async Task<WebApplication> ReceiverAsync(ConcurrentQueue<(string Path, string Type, byte[] Body)> received, HttpProtocols protocols)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = protocols));
        var app = builder.Build();
        app.Run(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            received.Enqueue((context.Request.Path, context.Request.ContentType!, body.ToArray()));
            if (protocols == HttpProtocols.Http2)
            {
                context.Response.ContentType = "application/grpc";
                context.Response.AppendTrailer("grpc-status", "0");
            }
        });
        await app.StartAsync();
        return app;
    }
}

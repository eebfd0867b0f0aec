using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Prometheus;

namespace Knative.Xds.Hosting.Tests;

public sealed class ServiceAppTests : IAsyncLifetime
{
    private readonly HttpClient _client = new();
    private WebApplication _app = null!;
    private string _admin = "";
    private string _traffic = "";

    public async ValueTask InitializeAsync()
    {
        var builder = ServiceApp.CreateBuilder(new ServiceOptions { Name = "test", AdminListen = "127.0.0.1:0" });
        builder.Listen("127.0.0.1:0", HttpProtocols.Http1);
        builder.Services.AddSingleton(new AdminRoute("/debug/scale", context => context.Response.WriteAsync("scale " + context.Request.Path)));
        _app = builder.Build();
        _app.UseServiceEndpoints();
        _app.Run(context => context.Response.WriteAsync("traffic " + context.Request.Path));
        await _app.StartAsync(TestContext.Current.CancellationToken);
        _admin = "http://" + _app.BoundEndPoints()[0];
        _traffic = "http://" + _app.BoundEndPoints()[1];
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _app.DisposeAsync();
    }

    [Fact]
    public async Task AdminPaths_OnTheTrafficPort_BelongToTheTraffic()
    {
        Assert.Equal("traffic /healthz", await _client.GetStringAsync(_traffic + "/healthz", TestContext.Current.CancellationToken));
        Assert.Equal("ok\n", await _client.GetStringAsync(_admin + "/healthz", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Readyz_WithAnExpectedCheck_NamesItUntilItIsFine()
    {
        var readiness = _app.Services.GetRequiredService<Readiness>();
        readiness.Expect("caches");

        var before = await _client.GetAsync(_admin + "/readyz", TestContext.Current.CancellationToken);
        readiness.Report("caches", null);
        var after = await _client.GetAsync(_admin + "/readyz", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, before.StatusCode);
        Assert.Equal("caches: not reported yet\n", await before.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(HttpStatusCode.OK, after.StatusCode);
    }

    [Fact]
    public async Task Metrics_OfThisApp_AreServedAsPrometheusText()
    {
        _app.Services.GetRequiredService<IMetricFactory>().CreateCounter("kxds_test_total", "A test.").Inc(3);

        var response = await _client.GetAsync(_admin + "/metrics", TestContext.Current.CancellationToken);

        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        Assert.Contains("kxds_test_total 3\n", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("process_cpu_seconds_total")]
    [InlineData("process_working_set_bytes")]
    [InlineData("process_start_time_seconds")]
    [InlineData("dotnet_total_memory_bytes")]
    public async Task Metrics_OfTheProcess_AreThereWithAValue(string name)
    {
        var text = await _client.GetStringAsync(_admin + "/metrics", TestContext.Current.CancellationToken);

        var value = Assert.Single(text.Split('\n'), line => line.StartsWith(name + " ", StringComparison.Ordinal));
        Assert.True(double.Parse(value[(name.Length + 1)..], CultureInfo.InvariantCulture) > 0, value);
    }

    [Fact]
    public async Task AdminRoute_OfTheService_AnswersItsPathAndBelow()
    {
        Assert.Equal("scale /debug/scale", await _client.GetStringAsync(_admin + "/debug/scale", TestContext.Current.CancellationToken));
        Assert.Equal("scale /debug/scale/a/b", await _client.GetStringAsync(_admin + "/debug/scale/a/b", TestContext.Current.CancellationToken));
        Assert.Equal("traffic /debug/scale", await _client.GetStringAsync(_traffic + "/debug/scale", TestContext.Current.CancellationToken));
        var unknown = await _client.GetAsync(_admin + "/debug/scales", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        Assert.Equal("Paths here: /healthz /readyz /metrics /debug/scale\n", await unknown.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("8080")]
    [InlineData("localhost:80")]
    [InlineData("127.0.0.1")]
    [InlineData("::1:80")]
    public void ListenAddress_OfAnotherForm_IsRefusedWithItsText(string text) =>
        Assert.Contains($"\"{text}\"", Assert.Throws<FormatException>(() => ListenAddress.Parse(text)).Message, StringComparison.Ordinal);
}

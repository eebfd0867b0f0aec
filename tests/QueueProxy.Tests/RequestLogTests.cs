using System.Text.Json;
using Knative.Xds.Core.Configuration;
using Knative.Xds.Testing;
using Microsoft.AspNetCore.Http;

namespace Knative.Xds.QueueProxy.Tests;

public sealed class RequestLogTests
{
    private const string TraceId = "0af7651916cd43dd8448eb211c80319c";

    [Fact]
    public async Task DefaultTemplate_ARequest_IsOneJsonObject()
    {
        await using var proxy = await StartAsync(ObservabilityConfig.DefaultRequestLogTemplate);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/a%20b?q=\"<x>\"") { Content = new StringContent("12345") };
        request.Headers.TryAddWithoutValidation("User-Agent", "test \"agent\"");
        request.Headers.Referrer = new Uri("http://from/");
        request.Headers.Add("traceparent", $"00-{TraceId}-b7ad6b7169203331-01");
        using var response = await proxy.Client.SendAsync(request, Proxy.Token);

        using var line = JsonDocument.Parse(await LinesAsync(proxy, 1));

        var http = line.RootElement.GetProperty("httpRequest");
        Assert.Equal(
            ("POST", "5", 201, "5", "test \"agent\"", "10.0.0.7", "http://from/", "HTTP/1.1", TraceId),
            (Text("requestMethod"), Text("requestSize"), http.GetProperty("status").GetInt32(), Text("responseSize"), Text("userAgent"), Text("serverIp"), Text("referer"), Text("protocol"), line.RootElement.GetProperty("traceId").GetString()));
        Assert.StartsWith("/a%20b?q=", Text("requestUrl"), StringComparison.Ordinal);
        Assert.StartsWith("127.0.0.1:", Text("remoteIp"), StringComparison.Ordinal);
        Assert.EndsWith("s", Text("latency"), StringComparison.Ordinal);

        string? Text(string name) => http.GetProperty(name).GetString();
    }

    [Fact]
    public async Task Template_FieldsOfAll_AreWritten()
    {
        await using var proxy = await StartAsync(
            "{{.Request.Host}} {{.Request.URL}} {{.Request.URL.Path}} {{.Request.Header.Get \"x-key\"}} {{.Request.ProtoMajor}} {{range $k, $v := .Request.Header}}{{if eq $k \"X-Key\"}}{{$v}}{{end}}{{end}} "
            + "{{.Revision.Name}} {{.Revision.Namespace}} {{.Revision.Service}} {{.Revision.Configuration}} {{.Revision.PodName}} {{.Response.Code}} {{.TraceID}}");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/a%20b?q=1");
        request.Headers.Host = "shown.example.com";
        request.Headers.Add("K-Original-Host", "restored.example.com");
        request.Headers.Add("X-Key", "v");
        request.Headers.Add("X-B3-TraceId", "b3");
        using var response = await proxy.Client.SendAsync(request, Proxy.Token);

        Assert.Equal("shown.example.com /a%20b?q=1 /a b v 1 [v] hello-00001 default hello config hello-00001-abc 201 b3\n", await LinesAsync(proxy, 1));
    }

    [Fact]
    public async Task Template_ThatDoesNotFit_SaysSoAndTheRequest()
    {
        await using var proxy = await StartAsync("{{.Request.NoSuchField}}");
        using var response = await proxy.Client.GetAsync(new Uri("/a?b", UriKind.Relative), Proxy.Token);

        var line = await LinesAsync(proxy, 1);

        Assert.StartsWith("Invalid request log template: method: GET, response code: 201, latency: ", line, StringComparison.Ordinal);
        Assert.EndsWith(", url: /a?b\n", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, "201 \n")]
    [InlineData(true, "200 queue\n201 \n")]
    public async Task Probes_AreLoggedOnRequestOnly(bool logsProbes, string expected)
    {
        await using var proxy = await StartAsync("{{.Response.Code}} {{.Request.Header.Get \"K-Network-Probe\"}}", logsProbes);
        using var probe = await proxy.ProbeAsync();
        using var response = await proxy.Client.GetAsync(new Uri("/", UriKind.Relative), Proxy.Token);

        Assert.Equal(expected, await LinesAsync(proxy, logsProbes ? 2 : 1));
    }

    [Fact]
    public async Task MalformedTemplate_CostsTheLogOnly()
    {
        await using var proxy = await StartAsync("{{.Request.");
        using var response = await proxy.Client.GetAsync(new Uri("/", UriKind.Relative), Proxy.Token);

        Assert.Equal(201, (int)response.StatusCode);
        Assert.Equal("", proxy.Output.Text);
    }

    private static Task<Proxy> StartAsync(string template, bool logsProbes = false) => Proxy.StartAsync(
        context =>
        {
            context.Response.StatusCode = 201;
            return context.Response.WriteAsync("hello");
        },
        options => options with
        {
            PodIp = "10.0.0.7",
            Service = "hello",
            Configuration = "config",
            Observability = new ObservabilityConfig { EnableRequestLog = true, RequestLogTemplate = template, EnableProbeRequestLog = logsProbes },
        });

    private static async Task<string> LinesAsync(Proxy proxy, int lines)
    {
        var text = "";
        await Eventually.TrueAsync(
            () =>
            {
                text = proxy.Output.Text;
                return text.Count(letter => letter == '\n') >= lines;
            },
            Proxy.Limit);
        return text;
    }
}

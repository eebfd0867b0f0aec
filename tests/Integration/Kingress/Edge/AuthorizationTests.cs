using System.Net;
using System.Security.Cryptography.X509Certificates;
using Knative.Xds.Integration.Kingress.Harness;
using Knative.Xds.Integration.Xds;
using Knative.Xds.Testing;
using Knative.Xds.Testing.Gateways;

namespace Knative.Xds.Integration.Kingress.Edge;

/// <summary>External authorization, by config-kourier.</summary>
[Collection(ConfiguredGateways.Name)]
public sealed class AuthorizationTests(ConfiguredWorld shared)
{
    private static readonly (string, string) Pass = ("X-Pass", "yes");

    [Fact]
    public async Task Grpc_ServiceIsToldTheRequestAndItsIngress_AndItsAnswerHolds()
    {
        await using var ns = await shared.NamespaceAsync();
        await using var service = await EdgeServices.StartAsync();
        service.Allows = request => request.Request.Http.Headers.ContainsKey("x-pass");
        await IngressAsync(ns);
        await ns.LabelAsync("i", "serving.knative.dev/route", "the-route");
        using var gateway = await shared.ConfigureAsync(("extauthz-host", $"127.0.0.1:{service.Port}"), ("extauthz-protocol", "grpc"));
        await CodeAsync(gateway, ns, 403);

        Assert.Equal("runtime", (await gateway.GetAsync(ns.Host("a"), "/path?query", Pass)).Backend);

        var (attributes, headers) = service.Checks.Last();
        Assert.Equal(("GET", "/path?query", ns.Host("a")), (attributes.Request.Http.Method, attributes.Request.Http.Path, attributes.Request.Http.Host));
        Assert.Equal("kourier", headers.GetValue("client"));
        await Eventually.TrueAsync(
            async () =>
            {
                await gateway.GetAsync(ns.Host("a"));
                var context = service.Checks.Last().Attributes.ContextExtensions;
                return context["client"] == "kourier" && context["visibility"] == "ExternalIP" && context.GetValueOrDefault("serving.knative.dev/route") == "the-route";
            },
            XdsStack.Limit);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Grpc_BodyIsShownUpToItsLimit_AsTextOrAsBytes(bool asBytes)
    {
        await using var ns = await shared.NamespaceAsync();
        await using var service = await EdgeServices.StartAsync();
        service.Allows = _ => true;
        await IngressAsync(ns);
        using var gateway = await shared.ConfigureAsync(
            ("extauthz-host", $"127.0.0.1:{service.Port}"), ("extauthz-protocol", "grpc"), ("extauthz-max-request-body-bytes", "5"), ("extauthz-pack-as-bytes", asBytes ? "true" : "false"));
        await CodeAsync(gateway, ns, 200);
        service.Checks.Clear();

        var answer = await gateway.SendAsync(new HttpRequestMessage(HttpMethod.Post, $"http://{ns.Host("a")}/") { Content = new StringContent("0123456789") });

        Assert.Equal(10, answer.Seen.BodyBytes);
        var shown = Assert.Single(service.Checks).Attributes.Request.Http;
        Assert.Equal(asBytes ? ("", "01234") : ("01234", ""), (shown.Body, shown.RawBody.ToStringUtf8()));
    }

    [Fact]
    public async Task Http_ServiceIsAskedUnderThePathPrefix_AndItsAnswerIsHandedOn()
    {
        await using var ns = await shared.NamespaceAsync();
        var service = await ns.StartAsync("authorizer", new BackendOptions { Handler = Judge });
        await IngressAsync(ns);
        using var gateway = await shared.ConfigureAsync(("extauthz-host", $"127.0.0.1:{service.Http1Port}"), ("extauthz-protocol", "http"), ("extauthz-path-prefix", "/verify"));
        await CodeAsync(gateway, ns, 401);

        Assert.Equal("runtime", (await gateway.GetAsync(ns.Host("a"), "/path", ("Authorization", "kourier"))).Backend);

        Assert.Equal("/verify/path", service.Targets.Last());
    }

    [Fact]
    [Defect(19)]
    public async Task Defect19_HttpsService_IsSpokenToByTlsAndItsCertificateIsChecked()
    {
        await using var ns = await shared.NamespaceAsync();
        var (certificate, key) = shared.Authority.Issue(["localhost"]);
        using var good = X509CertificateLoader.LoadPkcs12(X509Certificate2.CreateFromPem(certificate, key).Export(X509ContentType.Pkcs12), null);
        var self = TestCertificate.For("localhost");
        using var bad = X509CertificateLoader.LoadPkcs12(X509Certificate2.CreateFromPem(self.Chain, self.PrivateKey).Export(X509ContentType.Pkcs12), null);
        var service = await ns.StartAsync("authorizer", new BackendOptions { Certificate = good, Handler = Judge });
        var impostor = await ns.StartAsync("impostor", new BackendOptions { Certificate = bad, Handler = context => Task.CompletedTask });
        await IngressAsync(ns);

        using var gateway = await shared.ConfigureAsync(("extauthz-host", $"localhost:{service.TlsPort}"), ("extauthz-protocol", "https"));
        await CodeAsync(gateway, ns, 401);
        Assert.Equal("runtime", (await gateway.GetAsync(ns.Host("a"), "/", ("Authorization", "kourier"))).Backend);
        using var deceived = await shared.ConfigureAsync(("extauthz-host", $"localhost:{impostor.TlsPort}"), ("extauthz-protocol", "https"));
        await CodeAsync(deceived, ns, 403);

        Assert.Equal(0, impostor.Answers);
    }

    [Fact]
    [Defect(19)]
    public async Task Defect19_ServiceIsNamedChangedAndTakenAwayWhileAllRuns()
    {
        await using var ns = await shared.NamespaceAsync();
        await using var one = await EdgeServices.StartAsync();
        await using var two = await EdgeServices.StartAsync();
        await IngressAsync(ns);

        using var none = await shared.ConfigureAsync();
        await CodeAsync(none, ns, 200);
        using var first = await shared.ConfigureAsync(("extauthz-host", $"127.0.0.1:{one.Port}"), ("extauthz-protocol", "grpc"));
        await CodeAsync(first, ns, 403);
        two.Allows = _ => true;
        using var second = await shared.ConfigureAsync(("extauthz-host", $"127.0.0.1:{two.Port}"), ("extauthz-protocol", "grpc"));
        await CodeAsync(second, ns, 200);
        Assert.NotEmpty(two.Checks);
        using var last = await shared.ConfigureAsync();
        await CodeAsync(last, ns, 200);
        var asked = two.Checks.Count;

        Assert.Equal(200, (await last.GetAsync(ns.Host("a"))).Code);
        Assert.Equal(asked, two.Checks.Count);
    }

    [Fact]
    [Defect(19)]
    public async Task Defect19_BytesOverHttp_IsServed_AndABadProtocolChangesNothing()
    {
        await using var ns = await shared.NamespaceAsync();
        var service = await ns.StartAsync("authorizer", new BackendOptions { Handler = Judge });
        await IngressAsync(ns);
        using var gateway = await shared.ConfigureAsync(("extauthz-host", $"127.0.0.1:{service.Http1Port}"), ("extauthz-protocol", "http"), ("extauthz-pack-as-bytes", "true"));
        await CodeAsync(gateway, ns, 401);

        await shared.KourierAsync(("extauthz-host", $"127.0.0.1:{service.Http1Port}"), ("extauthz-protocol", "smoke signals"));
        await Eventually.TrueAsync(async () => await shared.World.Server.MetricAsync("kxds_configuration_refused{configmap=\"config-kourier\"}") == 1, XdsStack.Limit);

        Assert.Equal(401, (await gateway.GetAsync(ns.Host("a"))).Code);
        Assert.Equal(200, (await gateway.GetAsync(ns.Host("a"), "/", ("Authorization", "kourier"))).Code);
    }

    [Theory]
    [InlineData("true", 200)]
    [InlineData("false", 403)]
    public async Task ServiceIsDown_FailureModeDecides(string allow, int code)
    {
        await using var ns = await shared.NamespaceAsync();
        await IngressAsync(ns);
        var nowhere = FixedEndPoint.Free(1)[0];

        using var gateway = await shared.ConfigureAsync(("extauthz-host", nowhere), ("extauthz-protocol", "grpc"), ("extauthz-failure-mode-allow", allow));

        await CodeAsync(gateway, ns, code);
    }

    [Fact]
    public async Task SilentService_IsWaitedForAsLongAsTheTimeout()
    {
        await using var ns = await shared.NamespaceAsync();
        var service = await ns.StartAsync("silent", new BackendOptions { Handler = context => new TaskCompletionSource().Task.WaitAsync(context.RequestAborted) });
        await IngressAsync(ns);

        using var gateway = await shared.ConfigureAsync(("extauthz-host", $"127.0.0.1:{service.Http1Port}"), ("extauthz-protocol", "http"), ("extauthz-timeout", "50"));

        await CodeAsync(gateway, ns, 403);
    }

    [Fact]
    public async Task ChallengeOfACertificateAuthority_IsAnsweredWithoutAsking()
    {
        await using var ns = await shared.NamespaceAsync();
        await using var service = await EdgeServices.StartAsync();
        const string Challenge = "/.well-known/acme-challenge/token";
        await ns.BackendAsync("runtime");
        await ns.ReadyAsync("i", Spec.External(ns.Host("a"), Spec.Path(Challenge, Spec.To("runtime")), Spec.All(Spec.To("runtime"))));
        using var gateway = await shared.ConfigureAsync(("extauthz-host", $"127.0.0.1:{service.Port}"), ("extauthz-protocol", "grpc"));
        await CodeAsync(gateway, ns, 403);
        var asked = service.Checks.Count;

        await Eventually.TrueAsync(async () => (await gateway.GetAsync(ns.Host("a"), Challenge)).Code == 200, XdsStack.Limit);
        asked = service.Checks.Count;
        Assert.Equal(200, (await gateway.GetAsync(ns.Host("a"), Challenge)).Code);
        Assert.Equal(asked, service.Checks.Count);
    }

    private static async Task IngressAsync(TestNamespace ns)
    {
        await ns.BackendAsync("runtime");
        await ns.IngressAsync("i", Spec.External(ns.Host("a"), Spec.All(Spec.To("runtime"))));
        await ns.ReadyAsync("i");
    }

    private static Task CodeAsync(GatewayClient gateway, TestNamespace ns, int code) => Eventually.TrueAsync(async () => (await gateway.GetAsync(ns.Host("a"))).Code == code, XdsStack.Limit);

    private static Task Judge(Microsoft.AspNetCore.Http.HttpContext context)
    {
        // The header that names the asker must be the gateway's.
        var passes = context.Request.Headers.Authorization == "kourier" && context.Request.Headers["client"] == "kourier";
        context.Response.StatusCode = (int)(passes ? HttpStatusCode.OK : HttpStatusCode.Unauthorized);
        return Task.CompletedTask;
    }
}

using System.Text;
using k8s.Models;
using Knative.Xds.Core.Wire;
using Knative.Xds.Integration.Kingress.Harness;
using Knative.Xds.Kube.Api;

namespace Knative.Xds.Integration.Kingress.Edge;

/// <summary>net-kourier's annotation that keeps gateways from speaking HTTP/2 to backends.</summary>
public sealed class BackendProtocolTests(SharedKingressWorld shared)
{
    [Fact]
    public async Task DisableHttp2_TheSamePort_IsSpokenToByHttp1_AndByHttp2ForOthers()
    {
        await using var ns = await shared.NamespaceAsync();
        var backend = await ns.StartAsync("runtime");
        await ns.ServiceAsync("one", TestNamespace.Port("http2", 80));
        await ns.SliceAsync("one", backend, ("http2", backend.Http1Port));
        await ns.Http2BackendAsync("two");
        await AnnotatedAsync(ns, "annotated", "True", "one");
        await AnnotatedAsync(ns, "plain", "false", "two");

        Assert.Equal("HTTP/1.1", (await ns.External.GetAsync(ns.Host("annotated"))).Seen.Protocol);
        Assert.Equal("HTTP/2", (await ns.External.GetAsync(ns.Host("plain"))).Seen.Protocol);
    }

    [Fact]
    public async Task DisableHttp2OnADomainMapping_WebSocketsPassThroughTheLocalListener()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("ws");
        var target = $"target.{ns.Name}.svc.cluster.local";
        await ns.ReadyAsync("private", Spec.Local([target], Spec.All(Spec.To("ws"))));
        var port = ns.Local.EndPoint.Port;
        await ns.ServiceAsync("to-local", new V1ServiceSpec { Type = "ExternalName", ExternalName = "localhost", Ports = [TestNamespace.Port("http2", port)] });
        var path = Spec.All(Spec.To("to-local", (KIngressPort)port));
        path.RewriteHost = target;
        await ns.IngressAsync("mapping", new KIngressSpec { Rules = [Spec.External(ns.Host("vanity"), path)] }, Annotations("true"));
        await ns.ReadyAsync("mapping");
        var cancel = TestContext.Current.CancellationToken;

        using var socket = await ns.External.WebSocketAsync(ns.Host("vanity"), cancel);
        await socket.SendAsync(Encoding.UTF8.GetBytes("hello"), System.Net.WebSockets.WebSocketMessageType.Text, true, cancel);
        var buffer = new byte[64];
        var received = await socket.ReceiveAsync(buffer, cancel);

        Assert.Equal("hello ws", Encoding.UTF8.GetString(buffer, 0, received.Count));
    }

    private static Dictionary<string, string> Annotations(string value) => new() { [Labels.IngressClass] = Labels.XdsIngressClass, [Labels.DisableHttp2] = value };

    private static async Task AnnotatedAsync(TestNamespace ns, string name, string value, string service)
    {
        await ns.IngressAsync(name, new KIngressSpec { Rules = [Spec.External(ns.Host(name), Spec.All(Spec.To(service)))] }, Annotations(value));
        await ns.ReadyAsync(name);
        await Testing.Eventually.TrueAsync(async () => (await ns.External.GetAsync(ns.Host(name))).Code == 200, Xds.XdsStack.Limit);
    }
}

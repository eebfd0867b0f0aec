using System.Net;
using Knative.Xds.Activator.Tests.Fakes;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;
using Knative.Xds.Testing;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Knative.Xds.Activator.Tests.Serving;

public sealed class Http2FloodTests() : Http2FloodRules(
    (HeaderNames.RevisionNamespace.ToLowerInvariant(), TestActivator.Revision.Namespace),
    (HeaderNames.RevisionName.ToLowerInvariant(), TestActivator.Revision.Name))
{
    protected override async Task<FloodedServer> StartAsync(TimeSpan headersTimeout, bool fewStreams)
    {
        var pod = await FakePod.StartAsync(AnswerAsync, HttpProtocols.Http2);
        var activator = await TestActivator.StartAsync(options =>
        {
            options.HeadersTimeout = headersTimeout;
            // Of which one connection may have half.
            options.MaxRequests = fewStreams ? 40 : options.MaxRequests;
        });
        activator.AddRevision(protocol: AppProtocol.H2C);
        activator.SetPods(pod.Endpoint());
        return new FloodedServer
        {
            EndPoint = activator.Http2,
            Client = TestActivator.NewClient(activator.Http1, HttpVersion.Version20),
            MetricsAsync = activator.MetricsAsync,
            Refused = "kxds_activator_refused_total",
            IsIdleAsync = async () => activator.State is { Waiting: 0, InFlight: 0 }
                && (await activator.MetricsAsync()).Contains("kxds_activator_held_bytes{kind=\"headers\"} 0\n", StringComparison.Ordinal),
            Parts = [activator, pod],
        };
    }
}

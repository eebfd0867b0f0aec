using Envoy.Service.LoadStats.V3;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Knative.Xds.XdsServer.Guarding;

namespace Knative.Xds.XdsServer.LoadReports;

/// <summary>The load reporting service: asks every gateway for its load on all clusters, and adds it up.</summary>
/// <remarks>Gateways keep no statistics of clusters: this is what is known of a revision's traffic at the gateway.</remarks>
internal sealed class LoadReportService(StreamAdmission admission, LoadTable table, LoadMetrics metrics, XdsServerOptions options) : LoadReportingService.LoadReportingServiceBase
{
    private static readonly RequestReading<LoadStatsRequest> Reading = new(request => request.Node, _ => []);
    private long _next;

    /// <inheritdoc/>
    public override Task StreamLoadStats(IAsyncStreamReader<LoadStatsRequest> requestStream, IServerStreamWriter<LoadStatsResponse> responseStream, ServerCallContext context) =>
        admission.RunAsync(Reading, requestStream, context, stream => ListenAsync(stream, responseStream));

    private async Task ListenAsync(AdmittedStream<LoadStatsRequest> stream, IServerStreamWriter<LoadStatsResponse> responses)
    {
        var number = Interlocked.Increment(ref _next);
        using var open = metrics.StreamOpened();
        try
        {
            // Whoever has proven nothing could report any figure of any revision.
            var isBelieved = stream.Guard.Peer.IsTrusted;
            for (var told = TimeSpan.Zero; await stream.Requests.MoveNext(stream.Ending);)
            {
                var interval = ReportPace.Of(LoadTable.ClustersOf(stream.Fleet), options.LoadReportInterval);
                if (interval != told)
                {
                    await responses.WriteAsync(new LoadStatsResponse { SendAllClusters = isBelieved, LoadReportingInterval = Duration.FromTimeSpan(interval) }, stream.Ending);
                    told = interval;
                }

                table.Add(number, isBelieved ? stream.Requests.Current.ClusterStats : [], cluster => LoadTable.IsOf(stream.Fleet, cluster));
            }
        }
        finally
        {
            table.Leave(number);
        }
    }
}

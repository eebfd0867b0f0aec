using System.Net;
using System.Text.Json;
using Knative.Xds.Autoscaler.Collecting;
using Knative.Xds.Testing;

namespace Knative.Xds.Autoscaler.Tests.Collecting;

[Trait(Vectors.Trait, Vectors.Category)]
public class StatClientVectorTests
{
    [Fact]
    public async Task AskPodAsync_RecordedAnswers_AreTakenTheSame()
    {
        foreach (var item in VectorCases.OrSkip("stats-wire.json", "scrapeHttp"))
        {
            var id = item.Text("id");
            using var handler = new RecordedAnswer(item);
            using var client = new StatClient(TimeProvider.System, handler, new RecordedAnswer(item));

            var (stat, failure) = await client.AskPodAsync(new Uri("http://10.0.0.1:9090/metrics"), null, TestContext.Current.CancellationToken);

            Assert.Equal((id, item.Text("errorKind")), (id, Kind(failure)));
            Assert.Equal((id, StatVectors.Read(item.GetProperty("stat"))), (id, stat));
            Assert.Equal(
                (id, item.Text("method"), string.Join('|', item.GetProperty("requestAccept").EnumerateArray().Select(accept => accept.GetString())), item.GetProperty("requestUserAgentSetByClient").GetBoolean()),
                (id, handler.Method, handler.Accept, handler.HasUserAgent));
        }
    }

    internal static string? Kind(ScrapeFailure failure) => failure switch
    {
        ScrapeFailure.None => null,
        ScrapeFailure.Status => "status",
        ScrapeFailure.MaybeMesh => "statusMaybeMesh",
        ScrapeFailure.UnsupportedContentType => "unsupportedContentType",
        ScrapeFailure.Unmarshal => "unmarshal",
        var other => other.ToString(),
    };

    private sealed class RecordedAnswer(JsonElement item) : HttpMessageHandler
    {
        public string? Method { get; private set; }

        public string? Accept { get; private set; }

        public bool HasUserAgent { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            (Method, Accept, HasUserAgent) = (request.Method.Method, string.Join('|', request.Headers.GetValues("Accept")), request.Headers.Contains("User-Agent"));
            var response = new HttpResponseMessage((HttpStatusCode)item.Long("status")) { Content = new ByteArrayContent(item.GetProperty("bodyBase64").GetBytesFromBase64()) };
            foreach (var type in item.GetProperty("contentTypes").EnumerateArray())
            {
                response.Content.Headers.TryAddWithoutValidation("Content-Type", type.GetString());
            }

            return Task.FromResult(response);
        }
    }
}

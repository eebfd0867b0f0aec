using Knative.Xds.Core.Stats;

namespace Knative.Xds.Autoscaler.Collecting.Direct;

/// <summary>Makes an answer of a plain response.</summary>
internal static class PlainAnswer
{
    /// <value>No connection, none in time, or it broke.</value>
    public static readonly StatAnswer Unreachable = new(default, ScrapeFailure.Transport);

    /// <summary>What status, content type and body say, in the order in which upstream looks at them. The <paramref name="podName"/> is the one that is expected.</summary>
    /// <remarks>Source: knative/serving pkg/autoscaler/metrics/http_scrape_client.go.</remarks>
    public static StatAnswer Of(int status, bool isStatType, ReadOnlySpan<byte> body, string podName)
    {
        if (status is < 200 or > 299)
        {
            return new StatAnswer(default, status is 502 or 503 ? ScrapeFailure.MaybeMesh : ScrapeFailure.Status);
        }

        if (!isStatType)
        {
            return new StatAnswer(default, ScrapeFailure.UnsupportedContentType);
        }

        return StatCodec.Decode(body, podName, out var stat) == StatDecodeError.None
            ? new StatAnswer(stat, ScrapeFailure.None)
            : new StatAnswer(default, ScrapeFailure.Unmarshal);
    }
}

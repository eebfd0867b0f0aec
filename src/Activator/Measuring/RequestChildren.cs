using System.Globalization;
using Knative.Xds.Activation.Revisions;
using Prometheus;

namespace Knative.Xds.Activation.Measuring;

/// <summary>The series of one revision's requests of one kind.</summary>
internal sealed class RequestChildren
{
    /// <value>Name of the container, and of the service.</value>
    public const string Container = "activator";
    private readonly ActivatorMetrics _metrics;
    private readonly string[] _labels;
    private readonly string[] _oldLabels;
    private readonly Histogram.Child _duration;
    private readonly Histogram.Child _requestSize;
    private readonly Histogram.Child _responseSize;
    private readonly Counter.Child? _oldCount;
    private readonly Histogram.Child? _oldLatencies;

    public RequestChildren(ActivatorMetrics metrics, Revision revision, RequestFacts facts)
    {
        _metrics = metrics;
        var status = facts.Status == 0 ? "other" : facts.Status.ToString(CultureInfo.InvariantCulture);
        string[] names = [revision.Key.Namespace, revision.Service, revision.Configuration, revision.Key.Name];
        _labels = [.. names, facts.Method, status, facts.IsHttp2 ? "2" : "1.1", facts.IsHttps ? "https" : "http"];
        _oldLabels = [.. names, metrics.PodName, Container, status, facts.Status == 0 ? "other" : string.Create(CultureInfo.InvariantCulture, $"{facts.Status / 100}xx")];
        _duration = metrics.Duration.WithLabels(_labels);
        _requestSize = metrics.RequestSize.WithLabels(_labels);
        _responseSize = metrics.ResponseSize.WithLabels(_labels);
        _oldCount = metrics.OldCount?.WithLabels(_oldLabels);
        _oldLatencies = metrics.OldLatencies?.WithLabels(_oldLabels);
    }

    public static string[] OldLabels(ActivatorMetrics metrics, Revision revision) =>
        [revision.Key.Namespace, revision.Service, revision.Configuration, revision.Key.Name, metrics.PodName, Container];

    public void Observe(TimeSpan duration, long requestBytes, long responseBytes)
    {
        _duration.Observe(duration.TotalSeconds);
        _requestSize.Observe(requestBytes);
        _responseSize.Observe(responseBytes);
        _oldCount?.Inc();
        _oldLatencies?.Observe(duration.TotalMilliseconds);
    }

    public void Forget()
    {
        _metrics.Duration.RemoveLabelled(_labels);
        _metrics.RequestSize.RemoveLabelled(_labels);
        _metrics.ResponseSize.RemoveLabelled(_labels);
        _metrics.OldCount?.RemoveLabelled(_oldLabels);
        _metrics.OldLatencies?.RemoveLabelled(_oldLabels);
    }
}

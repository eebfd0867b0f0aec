using Knative.Xds.Core.Scaling;

namespace Knative.Xds.Core.Tests.Scaling;

public class AnnotationRulesTests
{
    private const string Metric = "autoscaling.knative.dev/metric";
    private const string Deadline = "serving.knative.dev/progress-deadline";

    // Where no class is named, the cluster's says which metrics there are.
    [Theory]
    [InlineData("kpa.autoscaling.knative.dev", "memory", false)]
    [InlineData("kpa.autoscaling.knative.dev", "rps", true)]
    [InlineData("hpa.autoscaling.knative.dev", "memory", true)]
    [InlineData("hpa.autoscaling.knative.dev", "custom", true)]
    [InlineData("hpa.autoscaling.knative.dev", "", false)]
    [InlineData("other", "memory", true)]
    [InlineData("other", "", true)]
    public void Check_MetricWithoutAClass_IsHeldAgainstTheClusters(string @class, string metric, bool good)
    {
        var problems = AnnotationRules.Check(new AutoscalerConfig { PodAutoscalerClass = @class }, new Dictionary<string, string> { [Metric] = metric });

        Assert.Equal(good ? [] : [$"invalid value: {metric}: {Metric}"], problems.Select(problem => problem.ToString()));
    }

    [Theory]
    [InlineData("0s", true)]
    [InlineData("10m", true)]
    [InlineData("-1s", false)]
    [InlineData("1.5s", false)]
    [InlineData("soon", false)]
    public void Unusable_ProgressDeadline_IsAnyThatRevisionsMayNotHave(string deadline, bool good) =>
        Assert.Equal(good ? 0 : 1, AnnotationRules.Unusable(new Dictionary<string, string> { [Deadline] = deadline }).Count());
}

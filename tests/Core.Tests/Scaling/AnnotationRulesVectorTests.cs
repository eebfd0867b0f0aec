using System.Text.Json;
using Knative.Xds.Core.Scaling;
using Knative.Xds.Testing;

namespace Knative.Xds.Core.Tests.Scaling;

[Trait(Vectors.Trait, Vectors.Category)]
public class AnnotationRulesVectorTests
{
    [Fact]
    public void Check_RecordedAnnotations_FindsTheSameProblems()
    {
        foreach (var item in VectorCases.OrSkip("pa-spec.json", "validation"))
        {
            var id = item.Text("id");
            var (config, _) = AutoscalerConfigParser.Parse(default, AutoscalerConfigVectorTests.Texts(item.GetProperty("config")));

            var problems = AnnotationRules.Check(config!, AutoscalerConfigVectorTests.Texts(item.GetProperty("annotations")));

            Assert.Equal((id, item.GetProperty("ok").GetBoolean()), (id, problems.IsEmpty));
            Assert.Equal((id, Expected(item)), (id, string.Join('\n', problems.Select(Describe).Order(StringComparer.Ordinal))));
            Assert.Equal((id, item.Text("message") ?? ""), (id, string.Join('\n', problems)));
        }
    }

    private static string Expected(JsonElement item) => string.Join('\n', item.GetProperty("errors").EnumerateArray()
        .Select(error => $"{error.Text("kind")} {string.Join(',', error.GetProperty("paths").EnumerateArray().Select(path => path.GetString()).Order(StringComparer.Ordinal))}")
        .Order(StringComparer.Ordinal));

    private static string Describe(AnnotationProblem problem)
    {
        var kind = problem.Kind switch
        {
            AnnotationProblemKind.InvalidValue => "invalidValue",
            AnnotationProblemKind.OutOfBounds => "outOfBounds",
            _ => "generic",
        };
        return $"{kind} {string.Join(',', problem.Paths)}";
    }
}

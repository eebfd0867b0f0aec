using Knative.Xds.Core.Scaling;
using Knative.Xds.Core.Stats;
using Knative.Xds.Testing;

namespace Knative.Xds.Core.Tests.Scaling;

[Trait(Vectors.Trait, Vectors.Category)]
public class SamplingVectorTests
{
    [Fact]
    public void SampleSize_RecordedPopulations_IsTheSame()
    {
        foreach (var item in VectorCases.OrSkip("collection.json.gz", "sampleSizes"))
        {
            Assert.Equal((item.Long("population"), item.Long("sample")), (item.Long("population"), Sampling.SampleSize((int)item.Long("population"))));
        }
    }

    [Fact]
    public void Average_RecordedSamples_GivesTheSameStat()
    {
        foreach (var item in VectorCases.OrSkip("collection.json.gz", "averages"))
        {
            Stat[] samples = [.. item.GetProperty("stats").EnumerateArray().Select(StatVectors.Read)];

            var stat = Sampling.Average(samples, (int)item.Long("population"));

            Assert.Equal((item.Text("id"), StatVectors.Read(item.GetProperty("result"))), (item.Text("id"), stat));
        }
    }
}

using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Knative.Xds.Cli.Smoke;

/// <summary>What a smoke run found; its JSON form is the last line that <c>kxds up --smoke</c> prints.</summary>
internal sealed record SmokeResult
{
    /// <summary>Largest distance of a revision's share from its weight, in points of 100.</summary>
    public const double SplitTolerance = 0.04;

    public required string Gateway { get; init; }
    public required string Api { get; init; }
    public required int Cycles { get; init; }
    public required double ColdStartMsP50 { get; init; }
    public required double ColdStartMsMax { get; init; }
    public required int Requests { get; init; }
    public required int Failed { get; init; }
    public required ImmutableSortedDictionary<string, double> Split { get; init; }
    public required int ScaledToZero { get; init; }

    /// <summary>Why the run failed, a line each; empty when it passed.</summary>
    public ImmutableArray<string> Problems(ImmutableSortedDictionary<string, double> weights)
    {
        var problems = ImmutableArray.CreateBuilder<string>();
        if (Failed > 0)
        {
            problems.Add($"{Failed} of {Requests + Cycles} requests failed");
        }

        if (ScaledToZero != Cycles)
        {
            problems.Add($"scaled to zero {ScaledToZero} times in {Cycles} cycles");
        }

        foreach (var (revision, weight) in weights)
        {
            var share = Split.GetValueOrDefault(revision);
            if (Math.Abs(share - weight) > SplitTolerance)
            {
                problems.Add(FormattableString.Invariant($"{revision} got {share:P1} of the requests; its weight is {weight:P0}"));
            }
        }

        return problems.ToImmutable();
    }

    /// <summary>One line of JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, SmokeJson.Default.SmokeResult);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(SmokeResult))]
internal sealed partial class SmokeJson : JsonSerializerContext;

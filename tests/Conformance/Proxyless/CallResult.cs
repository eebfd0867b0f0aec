namespace Knative.Xds.Conformance.Proxyless;

/// <summary>What became of a client's calls.</summary>
/// <param name="Answers">Answers by text.</param>
/// <param name="Errors">Errors by status and words.</param>
public sealed record CallResult(IReadOnlyDictionary<string, int> Answers, IReadOnlyDictionary<string, int> Errors)
{
    /// <summary>Answers of that text.</summary>
    public int Of(string answer) => Answers.GetValueOrDefault(answer);
}

namespace Knative.Xds.Sandbox.Pods;

/// <summary>Answer of one probe.</summary>
/// <param name="Problem">What failed; null when the probe succeeded.</param>
/// <param name="NobodyThere">The connection was refused: nothing listens yet.</param>
internal readonly record struct ProbeResult(string? Problem, bool NobodyThere = false)
{
    public bool Succeeded => Problem is null;
}

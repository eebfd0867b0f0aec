using System.Collections.Immutable;

namespace Knative.Xds.Hosting;

/// <summary>Why a service is not ready yet, by check. Served as <c>/readyz</c>.</summary>
/// <remarks>Threading: safe.</remarks>
public sealed class Readiness
{
    private const string NotReported = "not reported yet";
    private ImmutableSortedDictionary<string, string> _problems = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Whether every expected check was reported fine.</summary>
    public bool IsReady => _problems.IsEmpty;

    /// <summary>Open problems by check; empty when ready.</summary>
    public IReadOnlyDictionary<string, string> Problems => _problems;

    /// <summary>Counts a check as a problem until it is reported.</summary>
    public void Expect(string check) => Report(check, NotReported);

    /// <summary>Reports a check; null means that it is fine.</summary>
    public void Report(string check, string? problem) =>
        ImmutableInterlocked.Update(ref _problems, problem is null ? problems => problems.Remove(check) : problems => problems.SetItem(check, problem));
}

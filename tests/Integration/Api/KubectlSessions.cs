namespace Knative.Xds.Integration.Api;

/// <summary>What is typed in the sessions with kubectl: a command, its standard input, and what edits in place of an editor.</summary>
internal static class KubectlSessions
{
    /// <summary>The sessions by name; the golden output has the same name. NAMESPACE stands for the session's own.</summary>
    public static IReadOnlyDictionary<string, (string Command, string? Input, string? Editor)[]> All { get; } =
        new Dictionary<string, (string Command, string? Input, string? Editor)[]> { ["session"] = KubectlObjectsSession.Steps, ["kinds"] = KubectlKindsSession.Steps, ["create"] = KubectlCreateSession.Steps };
}

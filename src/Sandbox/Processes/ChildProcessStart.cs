namespace Knative.Xds.Sandbox.Processes;

/// <summary>What a <see cref="ProcessHost"/> starts.</summary>
public sealed record ChildProcessStart
{
    /// <value>Program and arguments. A program without a slash is looked for in PATH.</value>
    public required IReadOnlyList<string> Command { get; init; }

    /// <value>The whole environment; null means that of this process.</value>
    public IReadOnlyDictionary<string, string>? Environment { get; init; }

    /// <value>Working directory; null means that of this process.</value>
    public string? WorkingDirectory { get; init; }

    /// <value>Gets each line of standard output; null discards them. Called from one thread at a time. Lines above 16 KiB come in parts.</value>
    public Action<string>? OnOutput { get; init; }

    /// <value>Gets each line of standard error; null discards them.</value>
    public Action<string>? OnError { get; init; }
}

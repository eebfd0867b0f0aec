namespace Knative.Xds.Sandbox.Composition;

/// <summary>What carries the sandbox's traffic: an Envoy process, or the embedded gateway.</summary>
internal interface ISandboxGateway : IAsyncDisposable
{
    /// <summary><c>envoy</c> or <c>embedded</c>.</summary>
    string Name { get; }

    /// <summary>Which one, and where it came from.</summary>
    string Description { get; }

    /// <summary>What happened to it last that should not have; null when nothing did.</summary>
    string? Problem { get; }
}

namespace Knative.Xds.Sandbox.Api.Writing;

/// <summary>How a write is to be done, from its query parameters.</summary>
internal sealed record WriteOptions(string Manager)
{
    public bool DryRun { get; init; }
    public FieldValidation Validation { get; init; } = FieldValidation.Warn;
    public bool Force { get; init; }
    public string? Subresource { get; init; }
    /// <summary>Collects what the client is to be warned of.</summary>
    public List<string> Warnings { get; init; } = [];
}

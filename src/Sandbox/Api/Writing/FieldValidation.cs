namespace Knative.Xds.Sandbox.Api.Writing;

/// <summary>What happens to unknown and duplicate fields: all but Strict drop them.</summary>
internal enum FieldValidation
{
    Ignore,
    Warn,
    Strict,
}

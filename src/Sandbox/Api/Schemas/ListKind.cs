namespace Knative.Xds.Sandbox.Api.Schemas;

/// <summary>How server-side apply sees a list.</summary>
internal enum ListKind
{
    Atomic,
    Set,
    Map,
}

namespace Knative.Xds.Sandbox.Api.Serving;

/// <summary>Forms of an object in an answer.</summary>
internal enum RepresentationForm
{
    Full,
    Table,
    Metadata,
}

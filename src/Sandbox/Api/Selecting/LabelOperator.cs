namespace Knative.Xds.Sandbox.Api.Selecting;

/// <summary>What a term of a label selector asks.</summary>
internal enum LabelOperator
{
    In,
    NotIn,
    Exists,
    NotExists,
}

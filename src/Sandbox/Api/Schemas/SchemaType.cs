namespace Knative.Xds.Sandbox.Api.Schemas;

/// <summary>JSON type of a value.</summary>
internal enum SchemaType
{
    Any,
    Object,
    Array,
    String,
    Integer,
    Number,
    Boolean,
    IntOrString,
    /// <summary>A string, or a number that stands for one.</summary>
    Quantity,
}

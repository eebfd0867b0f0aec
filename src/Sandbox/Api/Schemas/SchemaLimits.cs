using System.Text.RegularExpressions;

namespace Knative.Xds.Sandbox.Api.Schemas;

/// <summary>Bounds on a value; null where there is none.</summary>
internal sealed record SchemaLimits(
    double? Minimum = null,
    bool ExclusiveMinimum = false,
    double? Maximum = null,
    bool ExclusiveMaximum = false,
    long? MinLength = null,
    long? MaxLength = null,
    long? MinItems = null,
    long? MaxItems = null,
    long? MinProperties = null,
    long? MaxProperties = null,
    Regex? Pattern = null);

using System.Text.Json.Nodes;

namespace Knative.Xds.Sandbox.Api.Schemas;

/// <summary>A field of an object.</summary>
internal sealed record SchemaProperty(Schema Schema, bool Required = false, JsonNode? Default = null);

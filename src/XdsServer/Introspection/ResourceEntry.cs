using System.Text.Json.Nodes;
using Knative.Xds.ControlPlane.Resources;

namespace Knative.Xds.XdsServer.Introspection;

/// <summary>One resource on <c>/debug/resources</c>.</summary>
/// <param name="Fleet">Fleet that it is for.</param>
/// <param name="Type">Kind, e.g. <c>rds</c>.</param>
/// <param name="Name">Name.</param>
/// <param name="Version">Hash of its content.</param>
/// <param name="Size">Bytes on the wire.</param>
/// <param name="References">Names that it refers to.</param>
/// <param name="Content">Its message without private keys; null when that was not asked for.</param>
public sealed record ResourceEntry(string Fleet, string Type, string Name, string Version, int Size, IReadOnlyList<string> References, JsonNode? Content)
{
    internal static ResourceEntry Of(string fleet, EncodedResource resource, bool contents) =>
        new(fleet, resource.Type.ShortName(), resource.Name, resource.Version, resource.Size, resource.References, contents ? JsonNode.Parse(ResourceText.Json(resource)) : null);
}

using System.Text.Json.Nodes;
using Knative.Xds.Sandbox.Api.Json;
using Knative.Xds.Sandbox.Api.Kinds;

namespace Knative.Xds.Sandbox.Api.Writing;

/// <summary>Which part of an object a write may change: the status subresource only the status, the object itself all else.</summary>
internal static class SubresourceParts
{
    public const string Status = "status";

    public static JsonObject Combine(ResourceKind kind, JsonObject wanted, JsonObject old, string? subresource)
    {
        if (subresource == Status)
        {
            var value = old.Clone();
            value.CopyField(wanted, Status);
            return value;
        }

        if (kind.HasStatus)
        {
            wanted.CopyField(old, Status);
        }

        return wanted;
    }
}

using System.Text.Json.Nodes;
using Knative.Xds.Sandbox.Api.Json;

namespace Knative.Xds.Sandbox.Api.Kinds;

/// <summary>Versions of stored objects.</summary>
internal static class ResourceKindExtensions
{
    /// <summary>The object in this kind's version. Versions differ in nothing but apiVersion (conversion strategy None).</summary>
    public static JsonObject At(this ResourceKind kind, JsonObject stored)
    {
        if (stored.Text("apiVersion") == kind.ApiVersion)
        {
            return stored;
        }

        var copy = stored.Clone();
        copy["apiVersion"] = kind.ApiVersion;
        return copy;
    }
}

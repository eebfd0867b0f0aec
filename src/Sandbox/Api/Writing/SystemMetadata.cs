using System.Globalization;
using System.Text.Json.Nodes;
using Knative.Xds.Sandbox.Api.Json;
using Knative.Xds.Sandbox.Api.Kinds;

namespace Knative.Xds.Sandbox.Api.Writing;

/// <summary>The fields of metadata that belong to the server.</summary>
internal static class SystemMetadata
{
    private static readonly string[] Kept = ["uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "resourceVersion", "namespace", "name", "generateName"];

    public static string Format(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    public static void Start(ResourceKind kind, JsonObject value, DateTimeOffset now)
    {
        var metadata = value.Metadata();
        metadata["uid"] = Guid.NewGuid().ToString();
        metadata["creationTimestamp"] = Format(now);
        foreach (var name in new[] { "resourceVersion", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "managedFields", "generation" })
        {
            metadata.Remove(name);
        }

        if (kind.TracksGeneration)
        {
            metadata["generation"] = 1;
        }

        DropEmpty(metadata);
    }

    public static void Keep(JsonObject value, JsonObject old)
    {
        var metadata = value.Metadata();
        foreach (var name in Kept)
        {
            metadata.CopyField(old["metadata"] as JsonObject, name);
        }

        metadata.Remove("managedFields");
        DropEmpty(metadata);
    }

    /// <summary>Counts a change of anything but metadata and (where it is a subresource) status.</summary>
    public static void BumpGeneration(ResourceKind kind, JsonObject value, JsonObject old)
    {
        if (kind.TracksGeneration && !JsonNode.DeepEquals(Desired(kind, value), Desired(kind, old)))
        {
            value.Metadata()["generation"] = (old.Number("metadata.generation") ?? 0) + 1;
        }
    }

    /// <summary>Being deleted, with no finalizer and no grace left to wait for.</summary>
    public static bool IsFinished(JsonObject value) =>
        value.At("metadata.deletionTimestamp") is not null && !value.Texts("metadata.finalizers").Any() && value.Number("metadata.deletionGracePeriodSeconds") is null or 0 && !value.Texts("spec.finalizers").Any();

    private static JsonObject Desired(ResourceKind kind, JsonObject value)
    {
        var copy = value.Clone();
        copy.Remove("metadata");
        if (kind.HasStatus)
        {
            copy.Remove("status");
        }

        return copy;
    }

    private static void DropEmpty(JsonObject metadata)
    {
        foreach (var name in new[] { "labels", "annotations", "finalizers", "ownerReferences" })
        {
            if (metadata[name] is null or JsonObject { Count: 0 } or JsonArray { Count: 0 })
            {
                metadata.Remove(name);
            }
        }
    }
}

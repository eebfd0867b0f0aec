using System.Text.Json.Nodes;
using Knative.Xds.Sandbox.Api.Json;
using Knative.Xds.Sandbox.Api.Kinds;
using Knative.Xds.Sandbox.Api.Storage;

namespace Knative.Xds.Sandbox.Api.Serving;

/// <summary>The form in which a client wants objects: as they are, as a table, or their metadata alone.</summary>
internal sealed class Representation(ResourceKind kind, RepresentationForm form, string includeObject, TimeProvider time)
{
    public static Representation For(ResourceRequest request, TimeProvider time)
    {
        var accept = request.Http.Request.Headers.Accept.ToString();
        var first = accept.Split(',')[0];
        var form = first.Contains("as=Table", StringComparison.Ordinal) ? RepresentationForm.Table
            : first.Contains("as=PartialObjectMetadata", StringComparison.Ordinal) ? RepresentationForm.Metadata
            : RepresentationForm.Full;
        return new(request.Kind, form, request.Query("includeObject") ?? "Metadata", time);
    }

    public byte[] One(StoredObject stored)
    {
        if (form == RepresentationForm.Full)
        {
            var value = kind.At(stored.Value);
            return ReferenceEquals(value, stored.Value) ? stored.Utf8 : value.ToUtf8();
        }

        return form == RepresentationForm.Table ? Table([stored], TableColumns(), Version(stored.Value)).ToUtf8() : Partial(stored.Value).ToUtf8();
    }

    /// <summary>An object inside a watch event; only the first table of a watch names its columns.</summary>
    public byte[] Event(StoredObject stored, bool first) => form == RepresentationForm.Table
        ? Table([stored], first ? TableColumns() : [], Version(stored.Value)).ToUtf8()
        : One(stored);

    /// <summary>A bookmark: an empty object of the kind that carries a version.</summary>
    public byte[] Bookmark(string version, bool initialEventsEnd)
    {
        var metadata = new JsonObject { ["resourceVersion"] = version, ["creationTimestamp"] = null };
        if (initialEventsEnd)
        {
            metadata["annotations"] = new JsonObject { ["k8s.io/initial-events-end"] = "true" };
        }

        var bookmark = new JsonObject { ["kind"] = kind.Kind, ["apiVersion"] = kind.ApiVersion, ["metadata"] = metadata };
        return form switch
        {
            RepresentationForm.Full => bookmark.ToUtf8(),
            RepresentationForm.Table => new JsonObject { ["kind"] = "Table", ["apiVersion"] = "meta.k8s.io/v1", ["metadata"] = new JsonObject { ["resourceVersion"] = version }, ["columnDefinitions"] = new JsonArray(), ["rows"] = new JsonArray(new JsonObject { ["cells"] = new JsonArray(), ["object"] = Partial(bookmark) }) }.ToUtf8(),
            _ => Partial(bookmark).ToUtf8(),
        };
    }

    public byte[] List(IReadOnlyList<StoredObject> items, JsonObject metadata)
    {
        switch (form)
        {
            case RepresentationForm.Table:
                var table = Table(items, TableColumns(), "");
                table["metadata"] = metadata;
                return table.ToUtf8();
            case RepresentationForm.Metadata:
                return new JsonObject { ["kind"] = "PartialObjectMetadataList", ["apiVersion"] = "meta.k8s.io/v1", ["metadata"] = metadata, ["items"] = new JsonArray([.. items.Select(item => (JsonNode)Partial(item.Value))]) }.ToUtf8();
            default:
                return FullList(items, metadata);
        }
    }

    // Objects are stored serialised: a list is put together from their bytes.
    private byte[] FullList(IReadOnlyList<StoredObject> items, JsonObject metadata)
    {
        var buffer = new MemoryStream();
        var head = new JsonObject { ["kind"] = kind.ListKind, ["apiVersion"] = kind.ApiVersion, ["metadata"] = metadata }.ToUtf8();
        buffer.Write(head.AsSpan(0, head.Length - 1));
        buffer.Write(",\"items\":["u8);
        for (var i = 0; i < items.Count; i++)
        {
            if (i > 0)
            {
                buffer.WriteByte((byte)',');
            }

            buffer.Write(One(items[i]));
        }

        buffer.Write("]}"u8);
        return buffer.ToArray();
    }

    private JsonArray TableColumns() => new([.. kind.Columns.Select(column => (JsonNode)new JsonObject
    {
        ["name"] = column.Name,
        ["type"] = column.Type,
        ["format"] = column.Format,
        ["description"] = column.Description,
        ["priority"] = column.Priority,
    })]);

    private JsonObject Table(IReadOnlyList<StoredObject> items, JsonArray columns, string version)
    {
        var now = time.GetUtcNow();
        return new JsonObject
        {
            ["kind"] = "Table",
            ["apiVersion"] = "meta.k8s.io/v1",
            ["metadata"] = new JsonObject { ["resourceVersion"] = version },
            ["columnDefinitions"] = columns,
            ["rows"] = new JsonArray([.. items.Select(item => (JsonNode)Row(item, now))]),
        };
    }

    private JsonObject Row(StoredObject item, DateTimeOffset now)
    {
        var row = new JsonObject { ["cells"] = new JsonArray([.. kind.Columns.Select(column => column.Read(item.Value, now))]) };
        if (includeObject != "None")
        {
            row["object"] = includeObject == "Object" ? kind.At(item.Value).DeepClone() : Partial(item.Value);
        }

        return row;
    }

    private static JsonObject Partial(JsonObject value) => new() { ["kind"] = "PartialObjectMetadata", ["apiVersion"] = "meta.k8s.io/v1", ["metadata"] = value["metadata"]?.DeepClone() };

    private static string Version(JsonObject value) => value.Text("metadata.resourceVersion") ?? "";
}

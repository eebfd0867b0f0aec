using System.Globalization;
using System.Text.Json.Nodes;
using Knative.Xds.Sandbox.Api.Json;

namespace Knative.Xds.Sandbox.Api.Storage;

/// <summary>One version of an object. The nodes are shared by every reader and never change; writers work on a clone.</summary>
internal sealed class StoredObject
{
    private byte[]? _utf8;

    public StoredObject(JsonObject value, long version)
    {
        value.Metadata()["resourceVersion"] = version.ToString(CultureInfo.InvariantCulture);
        Value = value;
        Version = version;
    }

    public JsonObject Value { get; }
    public long Version { get; }
    public ObjectId Id => new(Value.Text("metadata.namespace") ?? "", Value.Text("metadata.name") ?? "");
    public string Uid => Value.Text("metadata.uid") ?? "";

    /// <summary>The object on the wire, serialised once for all lists and watches.</summary>
    public byte[] Utf8 => _utf8 ??= Value.ToUtf8();
}

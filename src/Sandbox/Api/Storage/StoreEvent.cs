namespace Knative.Xds.Sandbox.Api.Storage;

/// <summary>A change of one object: created when Old is null, deleted when New is null (Last is then its final state, at the version of the deletion).</summary>
internal sealed record StoreEvent(string Kind, long Version, StoredObject? Old, StoredObject? New, StoredObject Last);

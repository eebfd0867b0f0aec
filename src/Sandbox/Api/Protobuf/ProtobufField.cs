namespace Knative.Xds.Sandbox.Api.Protobuf;

/// <summary>A field of a message.</summary>
/// <param name="Name">Its name in JSON.</param>
/// <param name="KeepsZero">A zero or empty value is a value; of other fields it means "not given".</param>
internal sealed record ProtobufField(string Name, bool KeepsZero);

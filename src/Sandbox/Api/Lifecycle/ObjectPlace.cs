using Knative.Xds.Sandbox.Api.Storage;

namespace Knative.Xds.Sandbox.Api.Lifecycle;

/// <summary>An object of any kind; Kind is plural.group.</summary>
internal readonly record struct ObjectPlace(string Kind, ObjectId Id);

using Knative.Xds.Core.Model;

namespace Knative.Xds.Kube.Client;

/// <summary>An object of a list that does not fit its type.</summary>
/// <param name="Key">The object.</param>
/// <param name="Error">Why, with the JSON path.</param>
public readonly record struct UndecodableObject(ObjectKey Key, string Error);

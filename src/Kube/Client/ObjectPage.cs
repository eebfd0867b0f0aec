namespace Knative.Xds.Kube.Client;

/// <summary>One page of a list.</summary>
/// <param name="Items">Objects, in the API's order.</param>
/// <param name="ResourceVersion">Version of the whole list: where a watch starts.</param>
/// <param name="ContinueToken">Token of the next page; null on the last one.</param>
public sealed record ObjectPage<T>(IReadOnlyList<T> Items, string ResourceVersion, string? ContinueToken)
{
    /// <summary>Objects of the page that do not fit <typeparamref name="T"/>: they are there, but cannot be read.</summary>
    public IReadOnlyList<UndecodableObject> Undecodable { get; init; } = [];
}

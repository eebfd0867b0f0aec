namespace Knative.Xds.Integration.Kingress.Harness;

/// <summary>What a backend says about the request that it got.</summary>
/// <param name="Backend">The backend's name.</param>
/// <param name="Protocol">e.g. <c>HTTP/1.1</c>.</param>
/// <param name="Method">The method.</param>
/// <param name="Target">Path and query as sent.</param>
/// <param name="Host">Host or :authority.</param>
/// <param name="Headers">Header name (any letter case) to all its values.</param>
/// <param name="BodyBytes">Length of the body.</param>
internal sealed record Seen(string Backend, string Protocol, string Method, string Target, string Host, Dictionary<string, string[]> Headers, long BodyBytes)
{
    /// <summary>The one value of a header; null when it was not sent.</summary>
    public string? this[string header] => Headers.TryGetValue(header, out var values) ? Assert.Single(values) : null;
}

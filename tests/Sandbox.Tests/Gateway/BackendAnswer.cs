namespace Knative.Xds.Sandbox.Tests.Gateway;

/// <summary>What a <see cref="Backend"/> saw.</summary>
internal sealed record BackendAnswer(string Name, string Protocol, string Host, string Target, Dictionary<string, string> Headers, string Body)
{
    /// <summary>By name in any case: HTTP/1.1 proxies may change it.</summary>
    public Dictionary<string, string> Headers { get; } = new(Headers, StringComparer.OrdinalIgnoreCase);
}

using System.Text;

namespace Knative.Xds.QueueProxy.Handling;

/// <summary>Builds the standard Forwarded header from the X-Forwarded ones.</summary>
/// <remarks>Source: knative/serving pkg/queue/forwarded_shim.go.</remarks>
internal static class ForwardedHeader
{
    private const string Name = "Forwarded";
    private const string For = "X-Forwarded-For";
    private const string Host = "X-Forwarded-Host";
    private const string Proto = "X-Forwarded-Proto";

    public static void Complete(IHeaderDictionary headers)
    {
        if (First(headers, Name).Length > 0 || !(headers.ContainsKey(For) || headers.ContainsKey(Host) || headers.ContainsKey(Proto)))
            return;
        var value = Build(First(headers, For), First(headers, Host), First(headers, Proto));
        if (value.Length > 0)
            headers[Name] = value;
    }

    // As Go's Header.Get: of a header on several lines the first one counts.
    private static string First(IHeaderDictionary headers, string name) => headers[name] is [{ } first, ..] ? first : "";

    /// <summary>Shape: one <c>for=</c> element per address, host and protocol in the first element only; empty when all arguments are.</summary>
    internal static string Build(string addresses, string host, string protocol)
    {
        if (addresses.Length == 0 && host.Length == 0 && protocol.Length == 0)
            return "";
        var elements = addresses.Split(',', StringSplitOptions.TrimEntries).AsSpan();
        // As upstream: nothing follows the last comma, and an empty first address gets no semicolon.
        if (elements[^1].Length == 0)
            elements = elements[..^1];
        var value = new StringBuilder();
        var first = elements.Length > 0 ? elements[0] : "";
        if (elements.Length > 0)
            AppendAddress(value, first);
        AppendPair(value, "host", host, separated: first.Length > 0);
        AppendPair(value, "proto", protocol, separated: first.Length > 0 || host.Length > 0);
        foreach (var element in elements[Math.Min(1, elements.Length)..])
            AppendAddress(value.Append(", "), element);
        return value.ToString();
    }

    private static void AppendAddress(StringBuilder value, string address)
    {
        if (address.Contains(':', StringComparison.Ordinal))
            value.Append("for=\"[").Append(address.Trim('[', ']')).Append("]\"");
        else
            value.Append("for=").Append(address);
    }

    private static void AppendPair(StringBuilder value, string name, string text, bool separated)
    {
        if (text.Length == 0)
            return;
        if (separated)
            value.Append(';');
        value.Append(name).Append('=').Append(text);
    }
}

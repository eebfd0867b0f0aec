using System.Text;

namespace Knative.Xds.QueueProxy.Handling;

/// <summary>Builds the standard Forwarded header from the X-Forwarded ones.</summary>
/// <remarks>Source: knative/serving pkg/queue/forwarded_shim.go.</remarks>
internal static class ForwardedHeader
{
    private const string Name = "Forwarded";

    public static void Complete(IHeaderDictionary headers)
    {
        if (headers.ContainsKey(Name))
            return;
        var value = Build(headers["X-Forwarded-For"].ToString(), headers["X-Forwarded-Host"].ToString(), headers["X-Forwarded-Proto"].ToString());
        if (value.Length > 0)
            headers[Name] = value;
    }

    /// <summary>Shape: one <c>for=</c> element per address, host and protocol in the first element only; empty when all arguments are.</summary>
    internal static string Build(string addresses, string host, string protocol)
    {
        if (addresses.Length == 0 && host.Length == 0 && protocol.Length == 0)
            return "";
        var elements = addresses.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var value = new StringBuilder();
        if (elements.Length > 0)
            AppendAddress(value, elements[0]);
        AppendPair(value, "host", host);
        AppendPair(value, "proto", protocol);
        foreach (var element in elements.AsSpan(Math.Min(1, elements.Length)))
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

    private static void AppendPair(StringBuilder value, string name, string text)
    {
        if (text.Length == 0)
            return;
        if (value.Length > 0)
            value.Append(';');
        value.Append(name).Append('=').Append(text);
    }
}

using System.Collections.Immutable;
using Envoy.Config.Core.V3;
using Microsoft.AspNetCore.Http;
using AppendAction = Envoy.Config.Core.V3.HeaderValueOption.Types.HeaderAppendAction;

namespace Knative.Xds.Sandbox.Gateway;

/// <summary>Changes to the headers of a request.</summary>
/// <param name="Removals">Names, removed first.</param>
/// <param name="Settings">Set in order.</param>
internal sealed record HeaderEdits(ImmutableArray<string> Removals, ImmutableArray<(string Name, string Value, AppendAction Action)> Settings)
{
    public static HeaderEdits Of(IEnumerable<string> removals, IEnumerable<HeaderValueOption> options) =>
        new([.. removals], [.. options.Select(option => (option.Header.Key, Literal(option.Header), option.AppendAction))]);

    public void Apply(IHeaderDictionary headers)
    {
        foreach (var name in Removals)
        {
            headers.Remove(name);
        }

        foreach (var (name, value, action) in Settings)
        {
            Set(headers, name, value, action);
        }
    }

    private static void Set(IHeaderDictionary headers, string name, string value, AppendAction action)
    {
        var exists = headers.ContainsKey(name);
        if (action == AppendAction.AppendIfExistsOrAdd)
        {
            headers.Append(name, value);
        }
        else if (action == AppendAction.OverwriteIfExistsOrAdd || exists == (action == AppendAction.OverwriteIfExists))
        {
            headers[name] = value;
        }
    }

    // Envoy's values are formats, in which %% is a percent sign and any other % starts a command.
    private static string Literal(HeaderValue header)
    {
        var parts = header.Value.Split("%%");
        return parts.Any(part => part.Contains('%', StringComparison.Ordinal))
            ? throw new InvalidDataException($"header {header.Key}: commands in values are not supported")
            : string.Join('%', parts);
    }
}

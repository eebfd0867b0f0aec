using System.Collections;
using Knative.Xds.Core.Templating;

namespace Knative.Xds.RequestLogging;

/// <summary>A request's headers as a template sees them: methods Get and Values, and a map to go through.</summary>
internal sealed class LoggedHeader(IHeaderDictionary headers) : ITemplateObject, IReadOnlyDictionary<string, object?>
{
    public int Count => headers.Count;

    public IEnumerable<string> Keys => headers.Keys;

    public IEnumerable<object?> Values => headers.Keys.Select(key => this[key]);

    public object? this[string key] => ValuesOf(key);

    public bool TryGet(string name, IReadOnlyList<object?> arguments, out object? value)
    {
        value = (name, arguments) switch
        {
            ("Get", [string key]) => headers[key] is { Count: > 0 } values ? values[0] ?? "" : "",
            ("Values", [string key]) => ValuesOf(key),
            _ => null,
        };
        return value is not null;
    }

    public bool ContainsKey(string key) => headers.ContainsKey(key);

    public bool TryGetValue(string key, out object? value)
    {
        value = ContainsKey(key) ? ValuesOf(key) : null;
        return value is not null;
    }

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => headers.Keys.Select(key => KeyValuePair.Create(key, this[key])).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private List<object?> ValuesOf(string key) => [.. headers[key]];
}

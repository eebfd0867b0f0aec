using System.Text.Json;

namespace Knative.Xds.Integration.Kingress.Harness;

/// <summary>What a client got.</summary>
/// <param name="Code">Status code.</param>
/// <param name="Headers">Header name (any letter case) to its values.</param>
/// <param name="Body">The body.</param>
internal sealed record Answer(int Code, Dictionary<string, string[]> Headers, string Body)
{
    /// <summary>The backend's account; fails the test when no backend answered.</summary>
    public Seen Seen
    {
        get
        {
            Assert.True(Code == 200, $"{Code}: {Body}");
            var seen = JsonSerializer.Deserialize<Seen>(Body)!;
            return seen with { Headers = new Dictionary<string, string[]>(seen.Headers, StringComparer.OrdinalIgnoreCase) };
        }
    }

    /// <summary>Name of the backend that answered.</summary>
    public string Backend => Seen.Backend;

    /// <summary>The one value of a header; null when it was not sent.</summary>
    public string? this[string header] => Headers.TryGetValue(header, out var values) ? Assert.Single(values) : null;
}

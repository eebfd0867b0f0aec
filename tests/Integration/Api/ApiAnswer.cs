using System.Text.Json.Nodes;

namespace Knative.Xds.Integration.Api;

/// <summary>What the API said.</summary>
public sealed record ApiAnswer(int Code, JsonNode? Body, IReadOnlyList<string> Warnings)
{
    public string? Text(string path) => Node(path)?.ToString();

    public long Number(string path) => Node(path)!.GetValue<long>();

    /// <summary>Follows a path of names and indexes, separated by slashes; null where it ends early.</summary>
    public JsonNode? Node(string path) => Node(Body, path);

    public static JsonNode? Node(JsonNode? node, string path)
    {
        foreach (var name in path.Split('/'))
        {
            node = node switch
            {
                JsonArray items => int.Parse(name) < items.Count ? items[int.Parse(name)] : null,
                JsonObject fields => fields[name],
                _ => null,
            };
        }

        return node;
    }

    public ApiAnswer Expect(int code)
    {
        Assert.True(Code == code, $"expected {code}, got {Code}: {Body?.ToJsonString()}");
        return this;
    }
}

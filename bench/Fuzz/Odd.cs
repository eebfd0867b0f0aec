using System.Text.Json.Nodes;

namespace Knative.Xds.Fuzz;

/// <summary>Values that nobody expects.</summary>
internal static class Odd
{
    private static readonly string[] Texts =
    [
        "", " ", "*", "a", "a.example.com", "*.example.com", "A.EXAMPLE.COM.", "a.example.com:80", "::1", "[::1]", "/", "//", "/%2e%2e/", "../..", "\0", "\r\n", "é", "\uD83D\uDE00", "\uD800",
        "%", "%%", "%REQ(:authority)%", "{", "{{.Name}}", "x_y", "host", "Host", ":path", "default/a", "a/b/c", "external|a.example.com", "local|a.example.com", "~ready", "~default/external", "xdstp://a/b",
        "true", "TRUE", "0", "-1", "1e99", "99999999999999999999", "Enabled", "Redirected", "ExternalIP", "ClusterLocal", "kubernetes.io/h2c", "http2", "-----BEGIN CERTIFICATE-----", "null",
    ];

    /// <summary>A text.</summary>
    public static string Text(Random random) => random.Next(20) switch
    {
        0 => new string('a', random.Next(5000)),
        1 => new string([.. Enumerable.Range(0, random.Next(40)).Select(_ => (char)random.Next(char.MaxValue))]),
        2 => Texts[random.Next(Texts.Length)] + Texts[random.Next(Texts.Length)],
        _ => Texts[random.Next(Texts.Length)],
    };

    /// <summary>A JSON value.</summary>
    public static JsonNode? Json(Random random, int depth = 0) => random.Next(depth > 3 ? 6 : 8) switch
    {
        0 => null,
        1 => JsonValue.Create(random.Next(2) == 0),
        2 => JsonValue.Create(random.Next(5) switch { 0 => 0, 1 => -1, 2 => int.MaxValue, 3 => int.MinValue, _ => random.Next(200) }),
        3 => JsonValue.Create(random.Next(3) switch { 0 => 1e300, 1 => -0.5, _ => (double)long.MaxValue }),
        4 or 5 => JsonValue.Create(Text(random)),
        6 => new JsonArray([.. Enumerable.Range(0, random.Next(4)).Select(_ => Json(random, depth + 1))]),
        _ => new JsonObject(Enumerable.Range(0, random.Next(4)).Select(_ => Text(random)).Distinct(StringComparer.Ordinal).Select(name => KeyValuePair.Create(name, Json(random, depth + 1)))),
    };

    /// <summary>Puts something else into a few places of a JSON value.</summary>
    public static void Mutate(Random random, JsonNode root)
    {
        for (var i = random.Next(4); i > 0; i--)
        {
            var places = Places(root).ToList();
            if (places.Count > 0)
            {
                Change(random, places[random.Next(places.Count)]);
            }
        }
    }

    /// <summary>Flips, inserts, drops and repeats a few bytes.</summary>
    public static byte[] Mutate(Random random, byte[] bytes)
    {
        var changed = new List<byte>(bytes);
        for (var i = random.Next(8); i > 0 && changed.Count > 0; i--)
        {
            var at = random.Next(changed.Count);
            switch (random.Next(4))
            {
                case 0:
                    changed[at] = (byte)random.Next(256);
                    break;
                case 1:
                    changed.Insert(at, (byte)random.Next(256));
                    break;
                case 2:
                    changed.RemoveRange(at, Math.Min(random.Next(1, 5), changed.Count - at));
                    break;
                default:
                    changed.InsertRange(at, changed.GetRange(at, Math.Min(random.Next(1, 20), changed.Count - at)));
                    break;
            }
        }

        return [.. changed];
    }

    private static void Change(Random random, (JsonNode Parent, string? Name, int Index) place)
    {
        switch (place.Parent)
        {
            case JsonObject parent when random.Next(3) == 0:
                parent.Remove(place.Name!);
                break;
            case JsonObject parent:
                parent[place.Name!] = Json(random);
                break;
            case JsonArray parent when random.Next(3) == 0:
                parent.Add(parent[place.Index]?.DeepClone());
                break;
            case JsonArray parent:
                parent[place.Index] = Json(random);
                break;
        }
    }

    private static IEnumerable<(JsonNode Parent, string? Name, int Index)> Places(JsonNode? node) => node switch
    {
        JsonObject value => value.SelectMany(entry => Places(entry.Value).Prepend((value, entry.Key, 0))),
        JsonArray values => values.SelectMany((entry, i) => Places(entry).Prepend((values, null, i))),
        _ => [],
    };
}

using System.Collections.Frozen;
using System.Globalization;
using System.Reflection;

namespace Knative.Xds.Sandbox.Api.Protobuf;

/// <summary>Field numbers of built-in types, read from protobuf-numbers.txt (its head explains the format).</summary>
internal static class ProtobufNumbers
{
    private static readonly Lazy<FrozenDictionary<string, FrozenDictionary<int, ProtobufField>>> Loaded = new(Load);

    /// <summary>The fields of a type by number; null for a type that is not known.</summary>
    public static IReadOnlyDictionary<int, ProtobufField>? Of(string type) => Loaded.Value.GetValueOrDefault(type);

    private static FrozenDictionary<string, FrozenDictionary<int, ProtobufField>> Load()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("protobuf-numbers.txt")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(line => line[0] != '#')
            .Select(line => line.Split(' '))
            .ToFrozenDictionary(words => words[0], words => words[1..].Select(Field).ToFrozenDictionary(field => field.Number, field => field.Value), StringComparer.Ordinal);
    }

    private static (int Number, ProtobufField Value) Field(string word)
    {
        var parts = word.Split('=');
        return (int.Parse(parts[1].TrimEnd('*'), CultureInfo.InvariantCulture), new ProtobufField(parts[0], parts[1].EndsWith('*')));
    }
}

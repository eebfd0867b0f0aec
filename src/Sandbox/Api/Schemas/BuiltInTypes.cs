using System.Reflection;
using System.Text;
using System.Text.Json.Nodes;
using Knative.Xds.Sandbox.Api.Json;

namespace Knative.Xds.Sandbox.Api.Schemas;

/// <summary>The schemas of the built-in kinds, read from builtin-types.txt (its head explains the format).</summary>
internal static class BuiltInTypes
{
    public const string ObjectMeta = "meta.v1.ObjectMeta";

    private static readonly Lazy<IReadOnlyDictionary<string, Schema>> Loaded = new(Load);

    public static IReadOnlyDictionary<string, Schema> All => Loaded.Value;

    public static Schema Get(string name) => All[name];

    internal static IReadOnlyDictionary<string, Schema> Parse(IReadOnlyList<string> lines)
    {
        var types = lines.Where(IsTypeName).ToDictionary(name => name, name => new Schema { Name = name, Type = SchemaType.Object }, StringComparer.Ordinal);
        var current = Schema.Any;
        foreach (var line in lines.Where(line => line.Length > 0 && line[0] != '#'))
        {
            if (IsTypeName(line))
            {
                current = types[line];
            }
            else
            {
                AddLine(current, line.Trim(), types);
            }
        }

        return types;
    }

    private static bool IsTypeName(string line) => line.Length > 0 && char.IsLetter(line[0]);

    private static void AddLine(Schema type, string line, Dictionary<string, Schema> types)
    {
        switch (line)
        {
            case "= any":
                type.Type = SchemaType.Any;
                type.PreserveUnknown = true;
                break;
            case "@atomic":
                type.AtomicMap = true;
                break;
            default:
                AddField(type, line, types);
                break;
        }
    }

    private static void AddField(Schema type, string line, Dictionary<string, Schema> types)
    {
        const string DefaultMark = " default=";
        var at = line.IndexOf(DefaultMark, StringComparison.Ordinal);
        var fallback = at < 0 ? null : JsonReading.Read(Encoding.UTF8.GetBytes(line[(at + DefaultMark.Length)..]));
        var words = (at < 0 ? line : line[..at]).Split(' ');
        var schema = TypeOf(words[1], types);
        foreach (var flag in words[2..])
        {
            ApplyFlag(schema, flag);
        }

        type.Properties[words[0]] = new SchemaProperty(schema, words.Contains("!"), fallback);
    }

    private static void ApplyFlag(Schema schema, string flag)
    {
        var (name, value) = flag.IndexOf('=') is var at and >= 0 ? (flag[..at], flag[(at + 1)..]) : (flag, null);
        switch (name)
        {
            case "map":
                schema.ListKind = ListKind.Map;
                schema.MapKeys = value!.Split(',');
                break;
            case "set":
                schema.ListKind = ListKind.Set;
                break;
            case "merge":
                schema.Merges = true;
                schema.MergeKey = value;
                break;
            case "atomic":
                schema.AtomicMap = true;
                break;
            case "enum":
                schema.Enum = [.. value!.Split('|').Select(text => (JsonNode?)JsonValue.Create(text))];
                break;
        }
    }

    private static Schema TypeOf(string word, Dictionary<string, Schema> types)
    {
        if (word.StartsWith("[]", StringComparison.Ordinal))
        {
            return new Schema { Type = SchemaType.Array, Items = TypeOf(word[2..], types), Nullable = true };
        }

        if (word.StartsWith("{}", StringComparison.Ordinal))
        {
            return new Schema { Type = SchemaType.Object, AdditionalProperties = TypeOf(word[2..], types), Nullable = true };
        }

        return Primitive(word) ?? types[word];
    }

    private static Schema? Primitive(string word) => word switch
    {
        "string" => new Schema { Type = SchemaType.String },
        "boolean" => new Schema { Type = SchemaType.Boolean },
        "int32" or "int64" => new Schema { Type = SchemaType.Integer, Format = word },
        "number" => new Schema { Type = SchemaType.Number },
        "time" or "microtime" => new Schema { Type = SchemaType.String, Format = "date-time" },
        "bytes" => new Schema { Type = SchemaType.String, Format = "byte" },
        "quantity" => new Schema { Type = SchemaType.Quantity },
        "intOrString" => new Schema { Type = SchemaType.IntOrString },
        "object" => new Schema { Type = SchemaType.Object, PreserveUnknown = true },
        "any" => Schema.Any,
        _ => null,
    };

    private static IReadOnlyDictionary<string, Schema> Load()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("builtin-types.txt")!;
        using var reader = new StreamReader(stream);
        return Parse(reader.ReadToEnd().Split('\n'));
    }
}

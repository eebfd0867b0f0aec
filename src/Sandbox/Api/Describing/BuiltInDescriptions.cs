using System.Xml;

namespace Knative.Xds.Sandbox.Api.Describing;

/// <summary>What the built-in types and their fields are for, as <c>kubectl explain</c> shows it.</summary>
/// <remarks>The texts are those of the Kubernetes client library, whose documentation lies beside the program; without it there are none. It is read when a schema is first asked for.</remarks>
internal static class BuiltInDescriptions
{
    private const string FileName = "KubernetesClient.xml";
    private const string TypePrefix = "T:k8s.Models.";
    private const string FieldPrefix = "P:k8s.Models.";

    private static readonly Lazy<IReadOnlyDictionary<string, string>> Loaded = new(() => Load(Path.Combine(AppContext.BaseDirectory, FileName)));

    /// <summary>Of a type such as <c>core.v1.PodSpec</c>; null when nothing is known.</summary>
    public static string? OfType(string type) => Candidates(type).Select(Loaded.Value.GetValueOrDefault).FirstOrDefault(text => text is not null);

    /// <summary>Of a field as it is written in manifests; null when nothing is known.</summary>
    public static string? OfField(string type, string field) =>
        Candidates(type).Select(model => Loaded.Value.GetValueOrDefault($"{model}.{field}")).FirstOrDefault(text => text is not null);

    // The library names a type by its version, and by its group as well where two groups have one of the name.
    private static IEnumerable<string> Candidates(string type)
    {
        var parts = type.Split('.');
        return [$"{parts[0]}{parts[1]}{parts[2]}", $"{parts[1]}{parts[2]}"];
    }

    private static Dictionary<string, string> Load(string path)
    {
        var texts = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        if (!File.Exists(path))
        {
            return texts;
        }

        using var reader = XmlReader.Create(path);
        while (reader.ReadToFollowing("member"))
        {
            var name = reader.GetAttribute("name") ?? "";
            if ((name.StartsWith(TypePrefix, StringComparison.Ordinal) || name.StartsWith(FieldPrefix, StringComparison.Ordinal)) && reader.ReadToDescendant("summary"))
            {
                texts[name[TypePrefix.Length..]] = string.Join(' ', reader.ReadElementContentAsString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
            }
        }

        return texts;
    }
}

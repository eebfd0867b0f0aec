using System.Reflection;

namespace Knative.Xds.Kube.Crds;

/// <summary>The CustomResourceDefinitions of the data path, as in deploy/crds.</summary>
public static class CrdManifests
{
    private const string Prefix = "crds/";

    /// <summary>Name of the CRD and its YAML document, sorted by name.</summary>
    public static IReadOnlyList<(string Name, string Yaml)> All { get; } = Load();

    private static (string Name, string Yaml)[] Load()
    {
        var assembly = typeof(CrdManifests).Assembly;
        return [.. assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).Select(name => Read(assembly, name)).OrderBy(crd => crd.Name, StringComparer.Ordinal)];
    }

    private static (string Name, string Yaml) Read(Assembly assembly, string resource)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
        var yaml = reader.ReadToEnd();
        var document = new YamlDotNet.RepresentationModel.YamlStream();
        document.Load(new StringReader(yaml));
        return (document.Documents[0].RootNode["metadata"]["name"].ToString(), yaml);
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using Knative.Xds.Core.Injection;
using Knative.Xds.Kube.Manifests;

namespace Knative.Xds.Cli.Inject;

/// <summary>One run of <c>kxds inject</c>.</summary>
internal static class InjectRun
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Prints the manifests as JSON documents, which is YAML; 1 when one was refused, and then nothing is printed.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> files, string systemNamespace, string queueImage, CancellationToken cancellationToken)
    {
        try
        {
            List<JsonObject> manifests = [];
            foreach (var file in files)
            {
                manifests.AddRange(await ReadAsync(file, cancellationToken));
            }

            var (config, problems) = InjectionConfigReader.Read(ConfigMaps(manifests), systemNamespace, queueImage, ConfigYaml.Parse);
            var results = manifests.Select(manifest => ManifestInjection.Expand(manifest, config)).ToList();
            problems = [.. problems, .. results.Where(result => result.Problem is not null).Select(result => result.Problem!)];
            foreach (var problem in problems)
            {
                await Console.Error.WriteLineAsync($"{problem.Object}: {problem.Message}");
            }

            if (problems.Length > 0)
            {
                return 1;
            }

            await Console.Out.WriteLineAsync(string.Join("\n---\n", results.SelectMany(result => result.Objects).Select(part => part.ToJsonString(Indented))));
            return 0;
        }
        catch (Exception error) when (error is FormatException or IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync(error.Message);
            return 1;
        }
    }

    private static async Task<IEnumerable<JsonObject>> ReadAsync(string file, CancellationToken cancellationToken)
    {
        var text = file == "-" ? await Console.In.ReadToEndAsync(cancellationToken) : await File.ReadAllTextAsync(file, cancellationToken);
        try
        {
            return YamlJson.ParseAll(text).Select(document => document as JsonObject ?? throw new FormatException("a document is no object"));
        }
        catch (FormatException error)
        {
            throw new FormatException($"{file}: {error.Message}", error);
        }
    }

    private static Dictionary<string, IReadOnlyDictionary<string, string>> ConfigMaps(IEnumerable<JsonObject> manifests)
    {
        var maps = new Dictionary<string, IReadOnlyDictionary<string, string>>();
        foreach (var manifest in manifests.Where(manifest => manifest["kind"]?.ToString() == "ConfigMap"))
        {
            maps[manifest["metadata"]?["name"]?.ToString() ?? ""] = (manifest["data"] as JsonObject ?? []).ToDictionary(entry => entry.Key, entry => entry.Value?.ToString() ?? "");
        }

        return maps;
    }
}

using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Knative.Xds.Core.Configuration;
using Knative.Xds.Core.Injection;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Manifests;
using Knative.Xds.Testing;

namespace Knative.Xds.Core.Tests.Injection;

public class ManifestInjectionTests
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static TheoryData<string> Cases => [.. Directory.EnumerateFiles(CasesFolder, "*.yaml").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    private static string CasesFolder { get; } = Path.Combine(Vectors.RepositoryRoot(), "tests", "Core.Tests", "Injection", "Cases");

    [Theory]
    [MemberData(nameof(Cases))]
    public void Expand_Case_GivesTheExpectedObjects(string name)
    {
        var manifests = YamlJson.ParseAll(File.ReadAllText(Path.Combine(CasesFolder, $"{name}.yaml"))).Cast<JsonObject>().ToList();
        var (config, problems) = InjectionConfigReader.Read(ConfigMaps(manifests), "knative-serving", "kxds.dev/queue-proxy", ConfigYaml.Parse);
        Assert.Empty(problems);

        var objects = manifests.Where(ManifestInjection.Applies).SelectMany(manifest => ManifestInjection.Expand(manifest, config).Objects).ToArray();

        Check(name, new JsonArray(objects));
    }

    [Fact]
    public void Expand_InjectedDeployment_IsLeftAsItIs()
    {
        var manifest = (JsonObject)YamlJson.ParseAll(File.ReadAllText(Path.Combine(CasesFolder, "plain-deployment.yaml")))[0];
        var injected = ManifestInjection.Expand(manifest, Config()).Objects[0];

        var again = ManifestInjection.Expand(injected, Config());

        Assert.Same(injected, Assert.Single(again.Objects));
    }

    [Fact]
    public void Expand_OtherManifest_IsLeftAsItIs()
    {
        var manifest = new JsonObject { ["apiVersion"] = "apps/v1", ["kind"] = "Deployment", ["metadata"] = new JsonObject { ["name"] = "plain" } };

        Assert.Same(manifest, Assert.Single(ManifestInjection.Expand(manifest, Config()).Objects));
    }

    [Theory]
    [InlineData("""{"spec":{}}""", "metadata.name is missing")]
    [InlineData("""{"metadata":{"name":"a"}}""", "spec is missing")]
    [InlineData("""{"metadata":{"name":"a"},"spec":[]}""", "spec must be an object")]
    [InlineData("""{"metadata":{"name":"a","labels":{"x":1}},"spec":{}}""", "metadata.labels.x must be a text")]
    [InlineData("""{"metadata":{"name":"a"},"spec":{"containers":[{"ports":[{"containerPort":"x"}]}]}}""", "spec.containers[0].ports[0].containerPort must be a whole number")]
    [InlineData("""{"metadata":{"name":"a"},"spec":{"containers":[7]}}""", "spec.containers[0] must be an object")]
    [InlineData("""{"metadata":{"name":"a"},"spec":{"timeoutSeconds":"soon"}}""", "spec.timeoutSeconds must be a whole number")]
    public void Expand_MalformedRevision_NamesTheField(string json, string message)
    {
        var manifest = JsonNode.Parse(json)!.AsObject();
        manifest["apiVersion"] = "serving.knative.dev/v1";
        manifest["kind"] = "Revision";

        var (objects, problem) = ManifestInjection.Expand(manifest, Config());

        Assert.Empty(objects);
        Assert.Equal(message, problem!.Message);
    }

    [Fact]
    public void Expand_AnnotationThatIsNoNumber_NamesIt()
    {
        var manifest = (JsonObject)YamlJson.ParseAll(File.ReadAllText(Path.Combine(CasesFolder, "plain-deployment.yaml")))[0];
        manifest["metadata"]!["annotations"]![ManifestInjection.ContainerConcurrency] = "many";

        Assert.Equal("metadata.annotations[kxds.dev/container-concurrency] must be a whole number, not \"many\"", ManifestInjection.Expand(manifest, Config()).Problem?.Message);
    }

    [Fact]
    public void Read_BadConfigMap_IsReportedAndTheOthersCount()
    {
        var maps = new Dictionary<string, IReadOnlyDictionary<string, string>>
        {
            ["config-defaults"] = new Dictionary<string, string> { ["container-concurrency"] = "-1" },
            ["config-features"] = new Dictionary<string, string> { ["autodetect-http2"] = "enabled" },
        };

        var (config, problems) = InjectionConfigReader.Read(maps, "sys", "q", ConfigYaml.Parse);

        Assert.Equal(new ObjectKey("sys", "config-defaults"), Assert.Single(problems).Object);
        Assert.Equal(FeatureFlag.Enabled, config.Features.AutoDetectHttp2);
    }

    private static InjectionConfig Config() => InjectionConfigReader.Read(new Dictionary<string, IReadOnlyDictionary<string, string>>(), "knative-serving", "q", ConfigYaml.Parse).Config;

    private static Dictionary<string, IReadOnlyDictionary<string, string>> ConfigMaps(IEnumerable<JsonObject> manifests) => manifests
        .Where(manifest => (string?)manifest["kind"] == "ConfigMap")
        .ToDictionary(
            manifest => (string)manifest["metadata"]!["name"]!,
            IReadOnlyDictionary<string, string> (manifest) => manifest["data"]!.AsObject().ToDictionary(entry => entry.Key, entry => (string)entry.Value!));

    // UPDATE_GOLDEN=1 writes the expected results anew.
    private static void Check(string name, JsonNode actual)
    {
        var (path, text) = (Path.Combine(CasesFolder, $"{name}.json"), actual.ToJsonString(Indented) + "\n");
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(path, text);
        }

        Assert.True(File.Exists(path), $"{path} is missing: run with UPDATE_GOLDEN=1 and read what it writes");
        Assert.Equal(File.ReadAllText(path), text, ignoreLineEndingDifferences: true);
    }
}

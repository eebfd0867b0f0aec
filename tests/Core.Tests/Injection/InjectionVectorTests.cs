using System.Text.Json;
using System.Text.Json.Nodes;
using Knative.Xds.Core.Configuration;
using Knative.Xds.Core.Injection;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Scaling;
using Knative.Xds.Kube.Manifests;
using Knative.Xds.Testing;

namespace Knative.Xds.Core.Tests.Injection;

[Trait(Vectors.Trait, Vectors.Category)]
public class InjectionVectorTests
{
    [Fact]
    public void Create_RecordedRevisions_GivesTheSameDeployment()
    {
        foreach (var item in VectorCases.OrSkip("queue-env.json.gz", "cases"))
        {
            var (deployment, problem) = RevisionDeployment.Create(Json(item, "revision")!, Config(item));

            Assert.True(item.GetProperty("ok").GetBoolean() == problem is null, $"{item.Text("id")}: {problem?.Message ?? item.Text("message")}");
            if (deployment is not null)
            {
                AssertSame(item.Text("id")!, Json(item, "deployment"), deployment);
            }
        }
    }

    [Fact]
    public void Apply_RecordedRevisions_FillsInTheSameDefaults()
    {
        foreach (var item in VectorCases.OrSkip("queue-env.json.gz", "cases").Where(item => item.GetProperty("revisionBeforeDefaulting").ValueKind == JsonValueKind.Object))
        {
            var config = Config(item);

            var (revision, problem) = RevisionDefaults.Apply(Json(item, "revisionBeforeDefaulting")!, config.Defaults, config.Features);

            Assert.Null(problem);
            AssertSame(item.Text("id")!, Json(item, "revision"), revision);
        }
    }

    [Fact]
    public void Names_RecordedRevisions_AreTheSame()
    {
        foreach (var item in VectorCases.OrSkip("queue-env.json.gz", "childNames"))
        {
            var revision = item.Text("revision")!;

            Assert.Equal(
                (item.Text("id"), item.Text("deployment"), item.Text("imageCacheSuffixExample"), item.Text("podAutoscaler")),
                (item.Text("id"), RevisionNames.Deployment(revision), RevisionNames.ImageCache(revision), RevisionNames.PodAutoscaler(revision)));
        }
    }

    private static JsonObject? Json(JsonElement item, string member) => JsonObject.Create(item.GetProperty(member));

    private static InjectionConfig Config(JsonElement item)
    {
        var key = new ObjectKey("knative-serving", "config");
        var network = Data("config-network");
        return new InjectionConfig
        {
            Deployment = DeploymentConfigParser.Parse(key, Data("config-deployment"), ConfigYaml.Parse).Config!,
            Defaults = DefaultsConfigParser.Parse(key, Data("config-defaults")).Config!,
            Features = FeaturesConfigParser.Parse(Data("config-features")),
            Observability = ObservabilityConfigParser.Parse(key, Data("config-observability")).Config!,
            Logging = LoggingConfig.Parse(key, Data("config-logging")).Config!,
            InitialScale = AutoscalerConfigParser.Parse(key, Data("config-autoscaler")).Config!.InitialScale,
            SystemInternalTls = network.GetValueOrDefault("system-internal-tls", "").Equals("enabled", StringComparison.OrdinalIgnoreCase),
            SystemNamespace = item.Text("systemNamespace")!,
        };

        Dictionary<string, string> Data(string name) => item.GetProperty("configs").TryGetProperty(name, out var data) ? ConfigVectors.Texts(data) : [];
    }

    // Absent, null, zero and empty are the same to Kubernetes, but for these members: their zero says something else than their absence, or their presence alone says something.
    private static readonly HashSet<string> ToldApart =
    [
        "allowPrivilegeEscalation", "automountServiceAccountToken", "defaultMode", "enableServiceLinks", "expirationSeconds", "fsGroup", "hostUsers", "maxSurge", "maxUnavailable", "minReadySeconds", "mode", "optional", "privileged",
        "progressDeadlineSeconds", "readOnlyRootFilesystem", "replicas", "revisionHistoryLimit", "runAsGroup", "runAsNonRoot", "runAsUser", "shareProcessNamespace", "terminationGracePeriodSeconds",
        "emptyDir", "exec", "grpc", "httpGet", "tcpSocket",
    ];

    private static void AssertSame(string id, JsonNode? expected, JsonNode? actual, string path = "")
    {
        switch (expected, actual)
        {
            case (JsonObject left, JsonObject right):
                foreach (var name in left.Select(member => member.Key).Union(right.Select(member => member.Key)))
                {
                    AssertSame(id, left[name], right[name], $"{path}.{name}");
                }

                break;
            case (JsonArray left, JsonArray right):
                for (var index = 0; index < Math.Max(left.Count, right.Count); index++)
                {
                    AssertSame(id, left.ElementAtOrDefault(index), right.ElementAtOrDefault(index), $"{path}[{index}]");
                }

                break;
            default:
                Assert.True(
                    path is ".apiVersion" or ".kind" || JsonNode.DeepEquals(expected, actual) || (IsEmpty(expected) && IsEmpty(actual) && !ToldApart.Contains(path[(path.LastIndexOf('.') + 1)..])),
                    $"{id}: {path} should be {expected?.ToJsonString() ?? "absent"}, is {actual?.ToJsonString() ?? "absent"}");
                break;
        }
    }

    private static bool IsEmpty(JsonNode? node) => node switch
    {
        null => true,
        JsonObject map => map.All(member => IsEmpty(member.Value)),
        JsonArray list => list.Count == 0,
        _ => node.ToJsonString() is "0" or "\"\"" or "false",
    };
}

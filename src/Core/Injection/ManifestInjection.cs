using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Knative.Xds.Core.Hashing;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;

namespace Knative.Xds.Core.Injection;

/// <summary>Turns what a user writes into what runs: a Revision, or a Deployment that asks for it, becomes a Deployment with the sidecar and its PodAutoscaler.</summary>
/// <remarks>
/// For clusters without Knative's controller. There is no Revision object behind the result, so nothing owns it,
/// and its UID, by which pods are selected, comes from its name.
/// </remarks>
public static class ManifestInjection
{
    /// <summary>Annotation of a Deployment that is to get the sidecar; its value is <c>enabled</c>.</summary>
    public const string Inject = "kxds.dev/inject";

    /// <summary>Annotation of such a Deployment: requests that a pod takes at a time.</summary>
    public const string ContainerConcurrency = "kxds.dev/container-concurrency";

    /// <summary>Annotation of such a Deployment: seconds that a request may take.</summary>
    public const string TimeoutSeconds = "kxds.dev/timeout-seconds";

    private const string OwnAnnotations = "kxds.dev/";

    /// <summary>Whether a manifest is to be turned into others.</summary>
    public static bool Applies(JsonObject manifest) => IsRevision(manifest) || IsMarkedDeployment(manifest);

    /// <summary>The objects to apply in place of the manifest; the manifest itself when nothing is to be done.</summary>
    /// <remarks>Errors: a manifest of the wrong shape gives a problem that names the field, and no objects.</remarks>
    public static (ImmutableArray<JsonObject> Objects, Problem? Problem) Expand(JsonObject manifest, InjectionConfig config)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        ArgumentNullException.ThrowIfNull(config);
        if (!Applies(manifest))
        {
            return ([manifest], null);
        }

        try
        {
            var revision = Complete(IsRevision(manifest) ? (JsonObject)manifest.DeepClone() : RevisionOf(manifest));
            var (defaulted, problem) = RevisionDefaults.Apply(revision, config.Defaults, config.Features);
            var (deployment, podAutoscaler) = (default(JsonObject), default(JsonObject));
            if (problem is null)
            {
                (deployment, problem) = RevisionDeployment.Create(defaulted!, config);
                (podAutoscaler, _) = RevisionPodAutoscaler.Create(defaulted!);
            }

            return problem is null ? (Finish(manifest, deployment!, podAutoscaler!), null) : ([], problem);
        }
        catch (FormatException error)
        {
            return ([], RevisionProblem.Of(manifest, error));
        }
    }

    private static bool IsRevision(JsonObject manifest) =>
        Is(manifest, "kind", "Revision") && manifest["apiVersion"]?.ToString().StartsWith("serving.knative.dev/", StringComparison.Ordinal) == true;

    // One that has the sidecar already was injected before.
    private static bool IsMarkedDeployment(JsonObject manifest) =>
        Is(manifest, "kind", "Deployment")
        && (manifest["metadata"] as JsonObject)?["annotations"] is JsonObject annotations && Is(annotations, Inject, "enabled")
        && ((manifest["spec"] as JsonObject)?["template"] as JsonObject)?["spec"] is JsonObject pod
        && !(pod["containers"] is JsonArray containers && containers.Any(container => container is JsonObject known && Is(known, "name", QueueContainer.Name)));

    private static bool Is(JsonObject map, string name, string value) => map[name] is JsonValue text && text.TryGetValue<string>(out var word) && word == value;

    private static JsonObject RevisionOf(JsonObject deployment)
    {
        var (metadata, template) = (deployment.Object("metadata"), deployment.Object("spec").Object("template"));
        var annotations = Union(metadata.Texts("annotations"), template.Object("metadata").Texts("annotations"));
        var labels = Union(metadata.Texts("labels"), template.Object("metadata").Texts("labels"));
        var spec = (JsonObject?)template.Object("spec")?.DeepClone() ?? [];
        SetNumber(spec, "containerConcurrency", annotations, ContainerConcurrency);
        SetNumber(spec, "timeoutSeconds", annotations, TimeoutSeconds);
        var name = metadata.Text("name");
        return new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["name"] = labels.GetValueOrDefault(Labels.Revision, name.EndsWith(ChildName.DeploymentSuffix, StringComparison.Ordinal) ? name[..^ChildName.DeploymentSuffix.Length] : name),
                ["namespace"] = metadata.Text("namespace"),
                ["uid"] = labels.GetValueOrDefault(Labels.RevisionUid, ""),
                ["labels"] = labels.ToJson(),
                ["annotations"] = annotations.Where(entry => !entry.Key.StartsWith(OwnAnnotations, StringComparison.Ordinal)).ToJson(),
            },
            ["spec"] = spec,
        };
    }

    private static void SetNumber(JsonObject spec, string field, SortedDictionary<string, string> annotations, string key)
    {
        if (annotations.TryGetValue(key, out var text))
        {
            spec[field] = Scaling.GoText.TryInt64(text, out var number) && number >= 0 ? number : throw new FormatException($"metadata.annotations[{key}] must be a whole number, not \"{text}\"");
        }
    }

    // Whoever writes a revision by hand wants it to be reached.
    private static JsonObject Complete(JsonObject revision)
    {
        var metadata = revision.Object("metadata");
        if (metadata.Text("name").Length == 0)
        {
            throw new FormatException("metadata.name is missing");
        }

        if (metadata.Text("namespace").Length == 0)
        {
            metadata!["namespace"] = "default";
        }

        if (metadata.Text("uid").Length == 0)
        {
            metadata!["uid"] = Uid($"{metadata.Text("namespace")}/{metadata.Text("name")}");
        }

        if (metadata.Object("labels") is not { } labels)
        {
            metadata!["labels"] = labels = [];
        }

        labels[Labels.RoutingState] ??= "active";
        if (labels.Text(Labels.Configuration) is { Length: > 0 } configuration && !metadata.Objects("ownerReferences").Any())
        {
            // By its owner a revision knows its Configuration; nothing that results from it is owned.
            metadata!["ownerReferences"] = new JsonArray(new JsonObject { ["kind"] = "Configuration", ["name"] = configuration, ["controller"] = true });
        }

        return revision;
    }

    private static string Uid(string name) => new Guid(SHA256.HashData(Encoding.UTF8.GetBytes(name)).AsSpan(0, 16), bigEndian: true).ToString();

    private static ImmutableArray<JsonObject> Finish(JsonObject manifest, JsonObject deployment, JsonObject podAutoscaler)
    {
        deployment.Object("metadata")!.Remove("ownerReferences");
        podAutoscaler.Object("metadata")!.Remove("ownerReferences");
        if (IsRevision(manifest))
        {
            return [deployment, podAutoscaler];
        }

        podAutoscaler.Object("spec").Object("scaleTargetRef")!["name"] = manifest.Object("metadata").Text("name");
        return [Merge(manifest, deployment), podAutoscaler];
    }

    // What the user says of the Deployment itself stays; pods get the sidecar and the labels that they are found by.
    private static JsonObject Merge(JsonObject manifest, JsonObject injected)
    {
        var merged = (JsonObject)manifest.DeepClone();
        var (metadata, spec) = (merged.Object("metadata")!, merged.Object("spec")!);
        metadata["labels"] = Union(injected.Object("metadata").Texts("labels"), metadata.Texts("labels")).ToJson();
        var template = (JsonObject)injected.Object("spec").Object("template")!.DeepClone();
        template.Object("metadata")!["labels"] = Union(template.Object("metadata").Texts("labels"), manifest.Object("spec").Object("template").Object("metadata").Texts("labels")).ToJson();
        spec["template"] = template;
        foreach (var (name, value) in injected.Object("spec")!)
        {
            spec[name] ??= value?.DeepClone();
        }

        return merged;
    }

    private static SortedDictionary<string, string> Union(SortedDictionary<string, string> first, SortedDictionary<string, string> winning)
    {
        var union = new SortedDictionary<string, string>(first, StringComparer.Ordinal);
        foreach (var (key, value) in winning)
        {
            union[key] = value;
        }

        return union;
    }
}

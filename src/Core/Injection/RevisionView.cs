using System.Text.Json.Nodes;

namespace Knative.Xds.Core.Injection;

/// <summary>A Revision of serving.knative.dev/v1 as the injection reads it.</summary>
/// <remarks>Errors: <see cref="FormatException"/> from every member whose JSON has the wrong shape. Source: knative/serving pkg/apis/serving/v1/revision_helpers.go.</remarks>
internal sealed class RevisionView
{
    private const int DefaultUserPort = 8080;

    public RevisionView(JsonObject revision)
    {
        Json = revision;
        var metadata = revision.Object("metadata");
        (Name, Namespace, Uid) = (metadata.Text("name"), metadata.Text("namespace"), metadata.Text("uid"));
        (Labels, Annotations) = (metadata.Texts("labels"), metadata.Texts("annotations"));
        Spec = revision.Object("spec") ?? [];
        Containers = [.. Spec.Objects("containers")];
        Serving = Containers.Count == 1 ? Containers[0] : Containers.FirstOrDefault(HasPorts) ?? [];
    }

    public JsonObject Json { get; }

    public string Name { get; }

    public string Namespace { get; }

    public string Uid { get; }

    public SortedDictionary<string, string> Labels { get; }

    public SortedDictionary<string, string> Annotations { get; }

    public JsonObject Spec { get; }

    public IReadOnlyList<JsonObject> Containers { get; }

    /// <summary>The container that requests go to: the only one, or the first with a port; empty when there is none.</summary>
    public JsonObject Serving { get; }

    /// <summary>The other containers.</summary>
    public IEnumerable<JsonObject> Sidecars => Containers.Count == 1 ? [] : Containers.Where(container => !HasPorts(container));

    public long UserPort => Serving.Objects("ports").FirstOrDefault() is { } port && port.Number("containerPort") is > 0 and var number ? number : DefaultUserPort;

    public bool IsHttp2 => Serving.Objects("ports").FirstOrDefault().Text("name") == "h2c";

    /// <summary>Name of the Configuration that controls the revision; empty when none does.</summary>
    public string Configuration => Json.Object("metadata").Objects("ownerReferences")
        .FirstOrDefault(owner => owner.Flag("controller") == true) is { } controller && controller.Text("kind") == "Configuration" ? controller.Text("name") : "";

    public bool IsServing(JsonObject container) => Containers.Count == 1 || HasPorts(container);

    private static bool HasPorts(JsonObject container) => container.Objects("ports").Any();
}

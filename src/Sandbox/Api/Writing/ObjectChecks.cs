using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Knative.Xds.Sandbox.Api.Json;
using Knative.Xds.Sandbox.Api.Kinds;
using Knative.Xds.Sandbox.Api.Schemas;
using Knative.Xds.Sandbox.Api.Serving;
using Knative.Xds.Sandbox.Api.Storage;

namespace Knative.Xds.Sandbox.Api.Writing;

/// <summary>Checks that hold for objects of every kind.</summary>
internal static partial class ObjectChecks
{
    private const string SubdomainRule = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
    private const string LabelRule = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
    private const string ServiceRule = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";

    /// <summary>The body must be of the kind, and in the namespace and of the name, that the address says.</summary>
    public static void MatchesAddress(JsonObject value, ResourceKind kind, ObjectId id)
    {
        Fill(value, kind);
        if (value.Text("apiVersion") != kind.ApiVersion || value.Text("kind") != kind.Kind)
        {
            throw ApiException.BadRequest($"the API version in the data ({value.Text("apiVersion")}) and kind ({value.Text("kind")}) do not match the expected API version ({kind.ApiVersion}) and kind ({kind.Kind})");
        }

        if (kind.Namespaced && value.Text("metadata.namespace") is { Length: > 0 } given && given != id.Namespace)
        {
            throw ApiException.BadRequest($"the namespace of the provided object does not match the namespace sent on the request ({given} and {id.Namespace})");
        }

        if (id.Name.Length > 0 && value.Text("metadata.name") is { Length: > 0 } name && name != id.Name)
        {
            throw ApiException.BadRequest($"the name of the object ({name}) does not match the name on the URL ({id.Name})");
        }
    }

    /// <summary>Refuses a create in a namespace that does not exist or is going away.</summary>
    public static void NamespaceAccepts(ObjectStore store, KindRegistry registry, ResourceKind kind, ObjectId id)
    {
        if (!kind.Namespaced)
        {
            return;
        }

        var owner = store.Find("namespaces", new ObjectId("", id.Namespace));
        if (owner is null)
        {
            throw ApiException.NotFound(registry.Find("", "v1", "namespaces")!, id.Namespace);
        }

        if (owner.Value.At("metadata.deletionTimestamp") is not null)
        {
            throw ApiException.Forbidden(kind, id.Name, $"unable to create new content in namespace {id.Namespace} because it is being terminated");
        }
    }

    /// <summary>Throws 400 for values of a wrong type in a built-in object, as its decoder would; 422 with all problems otherwise.</summary>
    public static void IsValid(JsonObject value, JsonObject? old, ResourceKind kind)
    {
        var name = value.Text("metadata.name") ?? "";
        var problems = SchemaValidation.Validate(value, kind.Schema);
        if (!kind.IsCustom && problems.FirstOrDefault(problem => problem.Reason == "FieldValueTypeInvalid") is { } wrongType)
        {
            throw ApiException.BadRequest($"{kind.Kind} in version \"{kind.Version}\" cannot be handled as a {kind.Kind}: {wrongType.Field}: {wrongType.Message}");
        }

        CheckMetadata(value, kind, problems);
        kind.Rules.Validate(value, old, problems);
        if (problems.Count > 0)
        {
            throw ApiException.Invalid(kind, name, problems);
        }
    }

    private static void Fill(JsonObject value, ResourceKind kind)
    {
        if (kind.IsCustom)
        {
            return;
        }

        // The decoder of built-in kinds takes both from the address when the body leaves them out.
        value["apiVersion"] ??= kind.ApiVersion;
        value["kind"] ??= kind.Kind;
    }

    private static void CheckMetadata(JsonObject value, ResourceKind kind, List<FieldProblem> problems)
    {
        var name = value.Text("metadata.name") ?? "";
        if (name.Length == 0)
        {
            problems.Add(FieldProblem.Required("metadata.name", "name or generateName is required"));
        }
        else if (NameProblem(name, kind) is { } rule)
        {
            problems.Add(FieldProblem.Invalid("metadata.name", $"\"{name}\"", rule));
        }

        foreach (var (key, label) in value.At("metadata.labels") as JsonObject ?? [])
        {
            if (!LabelKey().IsMatch(key))
            {
                problems.Add(FieldProblem.Invalid("metadata.labels", $"\"{key}\"", "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"));
            }

            if (label.AsText() is not { } text || text.Length > 63 || !LabelValue().IsMatch(text))
            {
                problems.Add(FieldProblem.Invalid("metadata.labels", $"\"{label.Display()}\"", "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"));
            }
        }
    }

    private static string? NameProblem(string name, ResourceKind kind) => kind switch
    {
        { Group: "rbac.authorization.k8s.io" } => name.Contains('/', StringComparison.Ordinal) ? "may not contain '/'" : null,
        { Group: "", Plural: "services" } => name.Length > 63 || !ServiceName().IsMatch(name) ? ServiceRule : null,
        { Group: "", Plural: "namespaces" } => name.Length > 63 || !Label().IsMatch(name) ? LabelRule : null,
        _ => name.Length > 253 || !Subdomain().IsMatch(name) ? SubdomainRule : null,
    };

    [GeneratedRegex("^[a-z]([-a-z0-9]*[a-z0-9])?$")]
    private static partial Regex ServiceName();

    [GeneratedRegex("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")]
    private static partial Regex Label();

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$")]
    private static partial Regex Subdomain();

    [GeneratedRegex(@"^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$")]
    private static partial Regex LabelKey();

    [GeneratedRegex("^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$")]
    private static partial Regex LabelValue();
}

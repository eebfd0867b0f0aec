using System.Reflection;
using k8s.Models;
using Knative.Xds.Core.Model;

namespace Knative.Xds.Kube.Client;

/// <summary>Paths of the API, without a leading slash, from the <c>KubernetesEntity</c> attribute of a type.</summary>
internal static class ResourcePath
{
    /// <summary>Path of one object or of its subresource.</summary>
    public static string Of<T>(ObjectKey key, string? subresource = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(key.Name);
        return $"{OfAll<T>(key.Namespace)}/{Uri.EscapeDataString(key.Name)}{(subresource is null ? "" : "/" + subresource)}";
    }

    /// <summary>Path of all objects of a kind, in one namespace or (null or empty) in all.</summary>
    public static string OfAll<T>(string? namespaceName) => string.IsNullOrEmpty(namespaceName)
        ? $"{Kind<T>.Prefix}/{Kind<T>.Plural}"
        : $"{Kind<T>.Prefix}/namespaces/{Uri.EscapeDataString(namespaceName)}/{Kind<T>.Plural}";

    /// <summary>Path of an object of a kind that is known at run time only.</summary>
    public static string Of(ResourceKind kind, ObjectKey key)
    {
        ArgumentException.ThrowIfNullOrEmpty(key.Name);
        return $"{Prefix(kind.ApiVersion)}/namespaces/{Uri.EscapeDataString(key.Namespace)}/{Uri.EscapeDataString(kind.Plural)}/{Uri.EscapeDataString(key.Name)}";
    }

    /// <summary>Query string of the selectors; starts with a question mark, and more may follow.</summary>
    public static string Selection(ObjectQuery query) =>
        "?" + string.Join('&', Parameters(query).Select(parameter => $"{parameter.Name}={Uri.EscapeDataString(parameter.Value)}"));

    /// <summary>apiVersion of the kind.</summary>
    public static string ApiVersion<T>() => Kind<T>.ApiVersion;

    /// <summary>Name of the kind.</summary>
    public static string KindName<T>() => Kind<T>.Name;

    private static IEnumerable<(string Name, string Value)> Parameters(ObjectQuery query)
    {
        if (query.LabelSelector is { } labels)
        {
            yield return ("labelSelector", labels);
        }

        if (query.FieldSelector is { } fields)
        {
            yield return ("fieldSelector", fields);
        }
    }

    // The core group has a root of its own: /api/v1, not /apis/….
    private static string Prefix(string apiVersion) => (apiVersion.Contains('/', StringComparison.Ordinal) ? "apis/" : "api/") + apiVersion;

    private static class Kind<T>
    {
        private static readonly KubernetesEntityAttribute Entity = typeof(T).GetCustomAttribute<KubernetesEntityAttribute>()
            ?? throw new InvalidOperationException($"{typeof(T).Name} has no KubernetesEntity attribute");

        public static readonly string ApiVersion = string.IsNullOrEmpty(Entity.Group) ? Entity.ApiVersion : $"{Entity.Group}/{Entity.ApiVersion}";
        public static readonly string Name = Entity.Kind;
        public static readonly string Plural = Entity.PluralName;
        public static readonly string Prefix = Prefix(ApiVersion);
    }
}

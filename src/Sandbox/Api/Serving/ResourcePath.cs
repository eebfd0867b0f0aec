namespace Knative.Xds.Sandbox.Api.Serving;

/// <summary>An address below /api/v1 or /apis/group/version; empty strings for parts that are absent.</summary>
internal sealed record ResourcePath(string Group, string Version, string Resource, string Namespace, string Name, string Subresource)
{
    /// <summary>Reads a path; null when it is none of a resource.</summary>
    public static ResourcePath? Parse(string path)
    {
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return parts switch
        {
            ["api", var version, .. var rest] => Below("", version, rest),
            ["apis", var group, var version, .. var rest] => Below(group, version, rest),
            _ => null,
        };
    }

    // /namespaces/NAME/status is about the namespace; /namespaces/NAME/pods about what is in it.
    private static ResourcePath? Below(string group, string version, string[] rest) => rest switch
    {
        ["namespaces", var name, "status" or "finalize"] => new(group, version, "namespaces", "", name, rest[2]),
        ["namespaces", var space, var resource] => new(group, version, resource, space, "", ""),
        ["namespaces", var space, var resource, var name] => new(group, version, resource, space, name, ""),
        ["namespaces", var space, var resource, var name, var subresource] => new(group, version, resource, space, name, subresource),
        [var resource] => new(group, version, resource, "", "", ""),
        [var resource, var name] => new(group, version, resource, "", name, ""),
        [var resource, var name, var subresource] => new(group, version, resource, "", name, subresource),
        _ => null,
    };
}

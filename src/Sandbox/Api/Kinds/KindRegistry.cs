namespace Knative.Xds.Sandbox.Api.Kinds;

/// <summary>The kinds that are served now.</summary>
/// <remarks>Threading: reads see one immutable map; changes are made under the store's lock.</remarks>
internal sealed class KindRegistry
{
    private volatile IReadOnlyDictionary<(string Group, string Version, string Plural), ResourceKind> _kinds;
    private readonly IReadOnlyList<ResourceKind> _builtIn;

    public KindRegistry(IReadOnlyList<ResourceKind> builtIn)
    {
        _builtIn = builtIn;
        _kinds = Index(builtIn);
    }

    public IReadOnlyList<ResourceKind> All => [.. _kinds.Values];

    public ResourceKind? Find(string group, string version, string plural) => _kinds.GetValueOrDefault((group, version, plural));

    /// <summary>Any version of a resource, named plural.group.</summary>
    public ResourceKind? FindResource(string resource) => _kinds.Values.FirstOrDefault(candidate => candidate.Resource == resource);

    public void SetCustom(IEnumerable<ResourceKind> custom) => _kinds = Index([.. _builtIn, .. custom]);

    private static Dictionary<(string Group, string Version, string Plural), ResourceKind> Index(IEnumerable<ResourceKind> kinds)
    {
        var index = new Dictionary<(string Group, string Version, string Plural), ResourceKind>();
        foreach (var kind in kinds)
        {
            index.TryAdd((kind.Group, kind.Version, kind.Plural), kind);
        }

        return index;
    }
}

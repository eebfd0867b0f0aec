using System.Collections.Immutable;
using Knative.Xds.ControlPlane.Protocol;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.XdsServer.Introspection;

namespace Knative.Xds.Cli.Xds;

/// <summary>A resource that a gateway has not as it should.</summary>
/// <param name="Gateway">The gateway.</param>
/// <param name="Type">Kind, e.g. <c>rds</c>; null where it is about all that the gateway has.</param>
/// <param name="Name">Name; null as the kind.</param>
/// <param name="State">What is the matter: <c>missing</c>, <c>extra</c>, <c>differs</c>, the server's word for it, or why what the gateway has is not known.</param>
/// <param name="Has">Version that the gateway has; null when it has none, or does not tell.</param>
/// <param name="Wanted">Version that it should have; null when it should have none.</param>
/// <param name="Reason">The gateway's words, where it refused it.</param>
/// <remarks>A resource that a gateway asks for and that there is not is none: it has what it should.</remarks>
internal sealed record DiffRow(string Gateway, string? Type, string? Name, string State, string? Has, string? Wanted, string? Reason)
{
    /// <summary>From what gateways have acknowledged.</summary>
    public static ImmutableArray<DiffRow> Of(GatewaysPage page) => [.. page.Gateways.SelectMany(Of)];

    /// <summary>From what an Envoy itself shows.</summary>
    /// <param name="dump">What it shows.</param>
    /// <param name="wanted">What it should have; with contents those of <see cref="ToCompare"/>.</param>
    public static ImmutableArray<DiffRow> Of(EnvoyDump dump, IReadOnlyList<ResourceEntry> wanted)
    {
        var rows = ImmutableArray.CreateBuilder<DiffRow>();
        foreach (var type in ResourceTypes.All)
        {
            var (kind, should) = (type.ShortName(), ByName(type, wanted));
            var has = type == ResourceType.Secret ? Certificates(dump.Of(kind), should) : dump.Of(kind);
            // Certificates are fetched when a client asks for their host.
            var missing = type == ResourceType.Secret ? [] : should.Keys.Except(has.Keys, StringComparer.Ordinal);
            rows.AddRange(missing.Select(name => new DiffRow(dump.Gateway, kind, name, "missing", null, should[name].Version, null)));
            rows.AddRange(has.Keys.Except(should.Keys, StringComparer.Ordinal).Select(name => new DiffRow(dump.Gateway, kind, name, "extra", has[name].Version, null, null)));
            rows.AddRange(has.Where(entry => should.TryGetValue(entry.Key, out var right) && !entry.Value.Is(right))
                .Select(entry => new DiffRow(dump.Gateway, kind, entry.Key, "differs", entry.Value.Version, should[entry.Key].Version, null)));
        }

        return [.. rows.OrderBy(row => row.Type, StringComparer.Ordinal).ThenBy(row => row.Name, StringComparer.Ordinal)];
    }

    /// <summary>The types of which versions alone do not tell whether an Envoy has what it should.</summary>
    public static ImmutableArray<ResourceType> ToCompare(EnvoyDump dump, IReadOnlyList<ResourceEntry> wanted) =>
    [
        .. ResourceTypes.All.Where(type =>
        {
            var has = dump.Of(type.ShortName());
            return ByName(type, wanted).Any(entry => has.TryGetValue(entry.Key, out var shown) && shown.NeedsContent(entry.Value));
        }),
    ];

    private static Dictionary<string, ResourceEntry> ByName(ResourceType type, IReadOnlyList<ResourceEntry> wanted) =>
        wanted.Where(entry => entry.Type == type.ShortName()).ToDictionary(entry => entry.Name, StringComparer.Ordinal);

    private static IEnumerable<DiffRow> Of(GatewayPage gateway)
    {
        if (!gateway.Answers)
        {
            return [new(gateway.Node, null, null, "does not read", null, null, "what it has is not known")];
        }

        return gateway.Types.Count == 0
            ? [new(gateway.Node, null, null, "asks for nothing", null, null, null)]
            : gateway.Types.SelectMany(type => type.Resources.Where(resource => resource.State != HeldState.Missing).Select(resource =>
                new DiffRow(gateway.Node, type.Type, resource.Name, resource.State.ToString().ToLowerInvariant(), resource.Version, resource.Wanted, resource.Reason)));
    }

    /// <remarks>A certificate is asked for in any spelling, and below a wildcard: it is there under the name asked for, with a version of its own.</remarks>
    private static Dictionary<string, ShownResource> Certificates(IReadOnlyDictionary<string, ShownResource> has, Dictionary<string, ResourceEntry> should) => has
        .Where(entry => should.ContainsKey(entry.Key) || !SecretNames.Candidates(entry.Key).Any(should.ContainsKey))
        .ToDictionary(entry => entry.Key, entry => entry.Value, StringComparer.Ordinal);
}

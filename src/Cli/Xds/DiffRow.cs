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
    public static ImmutableArray<DiffRow> Of(EnvoyDump dump, IReadOnlyList<ResourceEntry> wanted)
    {
        var rows = ImmutableArray.CreateBuilder<DiffRow>();
        foreach (var type in ResourceTypes.All.Select(type => type.ShortName()))
        {
            var should = wanted.Where(entry => entry.Type == type).ToDictionary(entry => entry.Name, entry => entry.Version, StringComparer.Ordinal);
            var has = type == ResourceType.Secret.ShortName() ? Certificates(dump.Of(type), should) : dump.Of(type);
            // Certificates are fetched when a client asks for their host.
            var missing = type == ResourceType.Secret.ShortName() ? [] : should.Keys.Except(has.Keys, StringComparer.Ordinal);
            rows.AddRange(missing.Select(name => new DiffRow(dump.Gateway, type, name, "missing", null, should[name], null)));
            rows.AddRange(has.Keys.Except(should.Keys, StringComparer.Ordinal).Select(name => new DiffRow(dump.Gateway, type, name, "extra", has[name], null, null)));
            rows.AddRange(has.Where(entry => entry.Value is not null && should.TryGetValue(entry.Key, out var version) && version != entry.Value)
                .Select(entry => new DiffRow(dump.Gateway, type, entry.Key, "differs", entry.Value, should[entry.Key], null)));
        }

        return [.. rows.OrderBy(row => row.Type, StringComparer.Ordinal).ThenBy(row => row.Name, StringComparer.Ordinal)];
    }

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
    private static Dictionary<string, string?> Certificates(IReadOnlyDictionary<string, string?> has, Dictionary<string, string> should) => has
        .Where(entry => should.ContainsKey(entry.Key) || !SecretNames.Candidates(entry.Key).Any(should.ContainsKey))
        .ToDictionary(entry => entry.Key, entry => entry.Value, StringComparer.Ordinal);
}

using Google.Protobuf;
using Knative.Xds.Cli.Admin;
using Knative.Xds.Cli.Up;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.XdsServer.Introspection;

namespace Knative.Xds.Cli.Xds;

/// <summary>An xDS server, as its admin port shows it.</summary>
/// <remarks>Errors: <see cref="CliException"/>.</remarks>
internal sealed class XdsAdmin(XdsOptions options) : IDisposable
{
    private readonly AdminClient _admin = new("xDS server", XdsOptions.AddressOption, AddressOf(options), DebugJson.Options);
    private string? _fleet = options.Fleet;

    /// <summary>The connected gateways.</summary>
    /// <param name="node">Id of the one that is wanted; null means all.</param>
    /// <param name="all">Whether resources that are as they should be are listed too.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<GatewaysPage> GatewaysAsync(string? node, bool all, CancellationToken cancellationToken) =>
        _admin.ReadAsync<GatewaysPage>($"/debug/gateways?fleet={Uri.EscapeDataString(options.Fleet ?? "")}&resources={(all ? "all" : "")}&node={Uri.EscapeDataString(node ?? "")}", cancellationToken);

    /// <summary>The resources that a fleet should have.</summary>
    /// <param name="type">Their type; null means all.</param>
    /// <param name="name">The one that is wanted; null means all.</param>
    /// <param name="contents">Whether their messages are wanted.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<IReadOnlyList<ResourceEntry>> ResourcesAsync(ResourceType? type, string? name, bool contents, CancellationToken cancellationToken)
    {
        var query = $"/debug/resources?fleet={Uri.EscapeDataString(_fleet ?? "")}&type={type?.ShortName()}&name={Uri.EscapeDataString(name ?? "")}&contents={(contents ? "true" : "false")}";
        var page = await _admin.ReadAsync<ResourcesPage>(query, cancellationToken);
        var fleets = page.Resources.Select(resource => resource.Fleet).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        if (_fleet is null && fleets.Count > 1)
        {
            throw new CliException($"there are the fleets {string.Join(", ", fleets)}: choose one with --fleet");
        }

        _fleet ??= fleets.FirstOrDefault();
        return page.Resources;
    }

    /// <summary>Messages of a type by name.</summary>
    public async Task<IReadOnlyDictionary<string, T>> MessagesAsync<T>(ResourceType type, string? name, CancellationToken cancellationToken) where T : IMessage<T>, new() =>
        (await ResourcesAsync(type, name, contents: true, cancellationToken)).ToDictionary(entry => entry.Name, entry => ResourceText.Parse<T>(entry.Content!.ToJsonString()), StringComparer.Ordinal);

    /// <summary>One message; null when there is none of that name.</summary>
    public async Task<T?> MessageAsync<T>(ResourceType type, string name, CancellationToken cancellationToken) where T : class, IMessage<T>, new() =>
        (await MessagesAsync<T>(type, name, cancellationToken)).GetValueOrDefault(name);

    public void Dispose() => _admin.Dispose();

    private static Uri AddressOf(XdsOptions options) => options.Server ?? RunningSystem.Find()?.XdsServer
        ?? throw new CliException($"no `kxds up` runs here: give the address of an xDS server's admin port with {XdsOptions.AddressOption}, such as http://127.0.0.1:9090");
}

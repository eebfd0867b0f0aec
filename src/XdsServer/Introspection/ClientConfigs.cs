using Envoy.Admin.V3;
using Envoy.Service.Status.V3;
using Google.Protobuf.WellKnownTypes;
using Knative.Xds.ControlPlane.Protocol;
using Knative.Xds.ControlPlane.Resources;
using GenericXdsConfig = Envoy.Service.Status.V3.ClientConfig.Types.GenericXdsConfig;

namespace Knative.Xds.XdsServer.Introspection;

/// <summary>A report in the form of the client status discovery service.</summary>
internal static class ClientConfigs
{
    /// <summary>The state of one node.</summary>
    /// <param name="report">The report.</param>
    /// <param name="contents">Whether resources come with their content.</param>
    public static ClientConfig Of(GatewayReport report, bool contents) => new()
    {
        Node = report.Stream.Node,
        ClientScope = $"{report.Stream.Variant} stream {report.Stream.Number}",
        GenericXdsConfigs = { (report.Types ?? []).SelectMany(type => type.Resources.Select(resource => Of(report.Stream, type.Type, resource, contents))) },
    };

    private static GenericXdsConfig Of(StreamRecord stream, ResourceType type, HeldResource resource, bool contents)
    {
        var content = contents && resource.Wanted is { } wanted ? ResourceText.WithoutKeys(wanted) : null;
        var refused = resource.State == HeldState.Refused;
        return new GenericXdsConfig
        {
            TypeUrl = type.TypeUrl(),
            Name = resource.Name,
            VersionInfo = refused ? resource.Version : resource.Wanted?.Version ?? resource.Version,
            XdsConfig = refused ? null : content,
            LastUpdated = stream[type].LastSent is { } sent ? Timestamp.FromDateTimeOffset(sent) : null,
            ConfigStatus = StatusOf(resource.State),
            ClientStatus = ClientStatusOf(resource),
            ErrorState = refused ? ErrorOf(stream, type, resource, content) : null,
        };
    }

    private static ConfigStatus StatusOf(HeldState state) => state switch
    {
        HeldState.Synced => ConfigStatus.Synced,
        HeldState.Stale => ConfigStatus.Stale,
        HeldState.Refused => ConfigStatus.Error,
        _ => ConfigStatus.NotSent,
    };

    private static ClientResourceStatus ClientStatusOf(HeldResource resource) => resource.State switch
    {
        HeldState.Refused => ClientResourceStatus.Nacked,
        HeldState.Missing => ClientResourceStatus.DoesNotExist,
        _ => resource.Version.Length > 0 ? ClientResourceStatus.Acked : ClientResourceStatus.Requested,
    };

    private static UpdateFailureState ErrorOf(StreamRecord stream, ResourceType type, HeldResource resource, Any? content) => new()
    {
        Details = stream.RefusalOf(new(type, resource.Name)),
        VersionInfo = resource.Wanted!.Version,
        LastUpdateAttempt = stream[type].LastRefusal is { } at ? Timestamp.FromDateTimeOffset(at) : null,
        FailedConfiguration = content,
    };
}

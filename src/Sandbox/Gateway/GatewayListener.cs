using System.Collections.Immutable;
using System.Net;
using Envoy.Config.Core.V3;
using Envoy.Config.Listener.V3;
using Envoy.Extensions.Filters.Network.HttpConnectionManager.V3;
using Knative.Xds.ControlPlane.Translation;
using Microsoft.AspNetCore.Http;
using EarlyHeaderMutation = Envoy.Extensions.Http.EarlyHeaderMutation.HeaderMutation.V3.HeaderMutation;

namespace Knative.Xds.Sandbox.Gateway;

/// <summary>A listener, as far as HTTP goes.</summary>
internal sealed record GatewayListener
{
    public required string Name { get; init; }
    public required IPEndPoint Address { get; init; }
    /// <summary>Applied before a scope is looked for.</summary>
    public required HeaderEdits EarlyEdits { get; init; }
    /// <summary>Headers that make up the scope key, each with the separator behind its first element (empty: none).</summary>
    public required ImmutableArray<(string Header, string Separator)> ScopeKey { get; init; }
    public bool RejectsUnderscores { get; init; }
    public bool UsesRemoteAddress { get; init; }
    public TimeSpan? HeadersTimeout { get; init; }

    public static GatewayListener Of(Listener listener)
    {
        var filters = listener.FilterChains.SelectMany(chain => chain.Filters).ToList();
        if (filters is not [var filter] || !filter.TypedConfig.TryUnpack<HttpConnectionManager>(out var manager) || manager.ScopedRoutes?.ScopedRds is null)
        {
            throw new InvalidDataException($"listener {listener.Name}: only one HttpConnectionManager with scoped_rds is supported");
        }

        return new GatewayListener
        {
            Name = listener.Name,
            Address = AddressOf(listener),
            EarlyEdits = EarlyEditsOf(manager),
            ScopeKey = [.. manager.ScopedRoutes.ScopeKeyBuilder.Fragments.Select(fragment => fragment.HeaderValueExtractor).Select(extractor => (extractor.Name, extractor.ElementSeparator))],
            RejectsUnderscores = manager.CommonHttpProtocolOptions?.HeadersWithUnderscoresAction == HttpProtocolOptions.Types.HeadersWithUnderscoresAction.RejectRequest,
            UsesRemoteAddress = manager.UseRemoteAddress ?? false,
            HeadersTimeout = manager.RequestHeadersTimeout?.ToTimeSpan(),
        };
    }

    /// <summary>Key of a request with the (lower-case) host <paramref name="host"/>.</summary>
    public string KeyOf(IHeaderDictionary headers, string host) => GatewayScope.KeyOf(ScopeKey.Select(fragment =>
    {
        var value = fragment.Header is ":authority" or GatewayNames.HostHeader ? host : headers[fragment.Header].ToString();
        return fragment.Separator.Length > 0 && value.Split(fragment.Separator, 2) is [var first, _] ? first : value;
    }));

    private static IPEndPoint AddressOf(Listener listener)
    {
        var socket = listener.Address?.SocketAddress;
        return socket is not null && IPAddress.TryParse(socket.Address, out var ip)
            ? new IPEndPoint(ip, (int)socket.PortValue)
            : throw new InvalidDataException($"listener {listener.Name}: its address is not an IP address");
    }

    private static HeaderEdits EarlyEditsOf(HttpConnectionManager manager)
    {
        var mutations = manager.EarlyHeaderMutationExtensions.SelectMany(extension => extension.TypedConfig.Unpack<EarlyHeaderMutation>().Mutations).ToList();
        var settings = mutations.Select(mutation => mutation.Append).OfType<HeaderValueOption>();
        // The host goes into keys directly.
        return HeaderEdits.Of(mutations.Select(mutation => mutation.Remove).Where(name => name.Length > 0).Append(GatewayNames.HostHeader), settings.Where(option => option.Header.Key != GatewayNames.HostHeader));
    }
}

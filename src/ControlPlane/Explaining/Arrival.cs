using System.Collections.Immutable;
using Envoy.Config.Listener.V3;
using Envoy.Extensions.Filters.Network.HttpConnectionManager.V3;
using EarlyHeaderMutation = Envoy.Extensions.Http.EarlyHeaderMutation.HeaderMutation.V3.HeaderMutation;
using HeaderMutation = Envoy.Config.Common.MutationRules.V3.HeaderMutation;

namespace Knative.Xds.ControlPlane.Explaining;

/// <summary>A request as routes see it, once a listener has looked at its headers.</summary>
/// <param name="Request">The request.</param>
/// <param name="Dropped">Headers of the client that the listener did not take.</param>
public sealed record Arrival(GatewayRequest Request, ImmutableSortedDictionary<string, string> Dropped)
{
    private const string ForwardedProto = "x-forwarded-proto";

    /// <summary>What a listener makes of a request.</summary>
    /// <remarks>Source: Envoy's "HTTP header manipulation": <c>x-forwarded-proto</c> is of the connection, unless an outer proxy is trusted or remote addresses are not used.</remarks>
    public static Arrival Of(Listener listener, GatewayRequest request)
    {
        if (ManagerOf(listener) is not { } manager)
        {
            return new(request, GatewayRequest.NoHeaders);
        }

        var dropped = Mutations(manager).Aggregate(GatewayRequest.NoHeaders, (all, mutation) => all.SetItems(request.Headers.Where(header => Removes(mutation, header.Key))));
        var passed = request.Headers.RemoveRange(dropped.Keys);
        if (manager is { UseRemoteAddress: true, XffNumTrustedHops: 0 } && passed.TryGetKey(ForwardedProto, out var name))
        {
            dropped = passed[name] == request.Scheme ? dropped : dropped.Add(name, passed[name]);
            passed = passed.Remove(name);
        }

        return new(request with { Headers = passed }, dropped);
    }

    private static HttpConnectionManager? ManagerOf(Listener listener) => listener.FilterChains.SelectMany(chain => chain.Filters)
        .Select(filter => filter.TypedConfig.TryUnpack<HttpConnectionManager>(out var manager) ? manager : null).FirstOrDefault(manager => manager is not null);

    private static IEnumerable<HeaderMutation> Mutations(HttpConnectionManager manager) =>
        manager.EarlyHeaderMutationExtensions.SelectMany(extension => extension.TypedConfig.TryUnpack<EarlyHeaderMutation>(out var early) ? early.Mutations : []);

    private static bool Removes(HeaderMutation mutation, string name) =>
        name.Equals(mutation.Remove, StringComparison.OrdinalIgnoreCase)
        || (mutation.RemoveOnMatch is { KeyMatcher.Prefix: { Length: > 0 } prefix } && name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));
}

using System.Collections.Immutable;
using System.Globalization;
using Envoy.Config.Core.V3;
using Envoy.Config.Route.V3;
using Knative.Xds.ControlPlane.Translation;

namespace Knative.Xds.ControlPlane.Explaining;

/// <summary>Says what Envoy would do with a request, from the very resources that it is sent.</summary>
/// <remarks>Source of the order: Envoy's "HTTP routing", first matching route of the most specific domain.</remarks>
public static class RouteExplainer
{
    private const int NotFound = 404;

    /// <summary>Follows a request through a route configuration.</summary>
    public static RouteExplanation Explain(RouteConfiguration routes, GatewayRequest request)
    {
        var host = RequestHost.Normalize(request.Host);
        if (FindHost(routes, host) is not { } found)
        {
            return new RouteExplanation { Status = NotFound, Verdict = $"404: no virtual host of {routes.Name} has the domain {host}" };
        }

        var considered = ImmutableArray.CreateBuilder<ConsideredRoute>();
        foreach (var route in found.Host.Routes)
        {
            var why = RouteMatching.WhyNot(route.Match, request);
            considered.Add(new(route.Name, RouteMatching.Describe(route.Match), why.Length == 0, why));
            if (why.Length == 0)
            {
                return Follow(route, request) with { VirtualHost = found.Host.Name, Domain = found.Domain, Considered = considered.ToImmutable(), Route = route.Name };
            }
        }

        return new RouteExplanation
        {
            VirtualHost = found.Host.Name,
            Domain = found.Domain,
            Considered = considered.ToImmutable(),
            Status = NotFound,
            Verdict = $"404: none of the {considered.Count} routes of {found.Host.Name} matches",
        };
    }

    private static (VirtualHost Host, string Domain)? FindHost(RouteConfiguration routes, string host)
    {
        var domains = routes.VirtualHosts.SelectMany(entry => entry.Domains.Select(domain => (Host: entry, Domain: domain))).ToList();
        var best = domains.Where(entry => entry.Domain == host).Concat(domains.Where(entry => Covers(entry.Domain, host)).OrderByDescending(entry => entry.Domain.Length)).ToList();
        return best.Count == 0 ? null : best[0];
    }

    private static bool Covers(string domain, string host) =>
        domain == "*" || (domain.StartsWith("*.", StringComparison.Ordinal) && host.Length >= domain.Length && host.EndsWith(domain[1..], StringComparison.Ordinal));

    /// <summary>What a match asks for, for people, e.g. <c>prefix /api, header Foo: bar</c>.</summary>
    public static string Describe(RouteMatch match) => RouteMatching.Describe(match);

    /// <summary>What a route does with a request that it matches.</summary>
    public static RouteExplanation Follow(Route route, GatewayRequest request) => route.ActionCase switch
    {
        Route.ActionOneofCase.Redirect => Redirect(route.Redirect, request),
        Route.ActionOneofCase.DirectResponse => Answer((int)route.DirectResponse.Status),
        Route.ActionOneofCase.Route_ => Forward(route, route.Route_),
        _ => new RouteExplanation { Status = NotFound, Verdict = "404: the route has no action" },
    };

    private static RouteExplanation Redirect(RedirectAction redirect, GatewayRequest request)
    {
        var scheme = redirect.HttpsRedirect ? "https" : redirect.SchemeRedirect.Length > 0 ? redirect.SchemeRedirect : request.Scheme;
        var host = redirect.HostRedirect.Length > 0 ? redirect.HostRedirect : RequestHost.Normalize(request.Host);
        var location = $"{scheme}://{host}{request.Path}";
        var status = redirect.ResponseCode switch
        {
            RedirectAction.Types.RedirectResponseCode.Found => 302,
            RedirectAction.Types.RedirectResponseCode.SeeOther => 303,
            RedirectAction.Types.RedirectResponseCode.TemporaryRedirect => 307,
            RedirectAction.Types.RedirectResponseCode.PermanentRedirect => 308,
            _ => 301,
        };
        return new RouteExplanation { Status = status, Location = location, Verdict = string.Create(CultureInfo.InvariantCulture, $"{status} to {location}") };
    }

    private static RouteExplanation Answer(int status) =>
        new() { Status = status, Verdict = string.Create(CultureInfo.InvariantCulture, $"{status} from the gateway itself") };

    private static RouteExplanation Forward(Route route, RouteAction action)
    {
        var splits = SplitsOf(route, action);
        return new RouteExplanation
        {
            Splits = splits,
            Headers = Added(route.RequestHeadersToAdd),
            RewriteHost = action.HostRewriteLiteral.Length > 0 ? action.HostRewriteLiteral : null,
            Verdict = string.Join(", ", splits.Where(split => split.Share > 0).Select(split => string.Create(CultureInfo.InvariantCulture, $"{split.Share * 100:0.##} % to {split.Target}"))),
        };
    }

    private static ImmutableArray<ExplainedSplit> SplitsOf(Route route, RouteAction action)
    {
        if (action.WeightedClusters is not { } weighted)
        {
            return [new(action.Cluster, 1, GatewayRequest.NoHeaders)];
        }

        var total = weighted.Clusters.Sum(cluster => (long)(cluster.Weight ?? 0));
        return
        [
            .. weighted.Clusters.Index().Select(share => new ExplainedSplit(share.Item.Name, total == 0 ? 0 : (double)(share.Item.Weight ?? 0) / total, Added(share.Item.RequestHeadersToAdd))
            {
                Missing = MissingBackends.Find(route, share.Index),
            }),
        ];
    }

    private static ImmutableSortedDictionary<string, string> Added(IEnumerable<HeaderValueOption> headers) =>
        headers.Aggregate(GatewayRequest.NoHeaders, (all, option) => all.SetItem(option.Header.Key, option.Header.Value));
}

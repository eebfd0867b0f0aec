using System.Collections.Immutable;
using Envoy.Config.Route.V3;
using Envoy.Extensions.Retry.Host.PreviousHosts.V3;
using Envoy.Extensions.Retry.Priority.PreviousPriorities.V3;
using Envoy.Type.Matcher.V3;
using Google.Protobuf.WellKnownTypes;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;

namespace Knative.Xds.ControlPlane.Translation;

/// <summary>The routes of a virtual host.</summary>
internal static class RouteBuilder
{
    private const uint WholeTraffic = 100;
    // One for the pod that is gone, one for an activator that is, and some for the storm of connections that follows: whoever was there is sent elsewhere at once.
    private const uint Retries = 4;
    private const long HostSelections = 5;
    // Envoy's default of 25 ms is felt by every request that fails over.
    private static readonly TimeSpan RetryBackOff = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan MaxRetryBackOff = TimeSpan.FromMilliseconds(5);

    /// <summary>Routes of these rules: the longest prefix first, equal ones as written (Serving writes tagged paths first).</summary>
    /// <param name="context">What they are made from.</param>
    /// <param name="rules">Indexes of the rules.</param>
    /// <param name="redirected">Plain requests are sent to https.</param>
    /// <param name="withProbes">Each path has a copy before it that answers probes, as <see cref="HostScript"/> cannot see the virtual host of a wildcard.</param>
    public static IEnumerable<Route> Routes(RouteContext context, IEnumerable<int> rules, bool redirected, bool withProbes)
    {
        var routes = rules
            .SelectMany(i => context.Ingress.Rules[i].Paths.Select((path, j) => (Path: path, Name: $"rules[{i}].paths[{j}]")))
            .SelectMany(entry => withProbes ? [(Probe(entry.Path, context.Ingress.Hash), entry.Name + ".probe"), entry] : new[] { entry })
            .OrderByDescending(entry => PrefixOf(entry.Path).Length)
            .Select(entry => (IsChallenge: AcmePaths.IsChallenge(entry.Path), Route: Route(entry.Name, entry.Path, context)));
        return redirected
            // A certificate that is to be renewed must be provable without one.
            ? [.. routes.Where(entry => entry.IsChallenge).Select(entry => entry.Route), ToHttps(), .. routes.Where(entry => !entry.IsChallenge).Select(entry => entry.Route)]
            : routes.Select(entry => entry.Route);
    }

    /// <summary>What lets a request that no pod would take go to the activator.</summary>
    /// <remarks>Only for connections that never were, and for requests that are known not to have been looked at: what somebody may have seen is never sent twice,
    /// unless its method says that this does no harm and an activator may have had it (<see cref="HostScript"/> asks for that). Of two activators at one priority the second attempt takes the other.</remarks>
    public static RetryPolicy RetryPolicy() => new()
    {
        RetryOn = "connect-failure,refused-stream",
        NumRetries = Retries,
        RetryHostPredicate = { new RetryPolicy.Types.RetryHostPredicate { Name = "envoy.retry_host_predicates.previous_hosts", TypedConfig = Any.Pack(new PreviousHostsPredicate()) } },
        HostSelectionRetryMaxAttempts = HostSelections,
        RetryBackOff = new RetryPolicy.Types.RetryBackOff { BaseInterval = Duration.FromTimeSpan(RetryBackOff), MaxInterval = Duration.FromTimeSpan(MaxRetryBackOff) },
        RetryPriority = new RetryPolicy.Types.RetryPriority
        {
            Name = "envoy.retry_priorities.previous_priorities",
            TypedConfig = Any.Pack(new PreviousPrioritiesConfig { UpdateFrequency = 1 }),
        },
    };

    private static IngressPath Probe(IngressPath path, string hash) => path with
    {
        Headers = path.Headers.SetItem(HeaderNames.NetworkHash, "override"),
        AppendHeaders = path.AppendHeaders.SetItem(HeaderNames.NetworkHash, hash),
    };

    // By the scheme that the client used, as far as the listener believes it: one table serves the listener with TLS and the one without.
    private static Route ToHttps() => new()
    {
        Name = "https",
        Match = new RouteMatch { Prefix = "/", Headers = { Matcher("x-forwarded-proto", "http") } },
        Redirect = new RedirectAction { HttpsRedirect = true },
    };

    private static Route Route(string name, IngressPath path, RouteContext context)
    {
        var route = new Route { Name = name, Match = new RouteMatch { Prefix = PrefixOf(path), Headers = { path.Headers.Select(header => Matcher(header.Key, header.Value)) } } };
        var contested = Contested(path);
        route.RequestHeadersToAdd.Add(HeaderMutations.Overwrite(path.AppendHeaders.RemoveRange(contested.Keys)));
        route.Route_ = Action(path, contested, context.Ports);
        route.Metadata = MissingBackends.Of(path, context.Ports);
        if (context.Settings.Authorizes && AcmePaths.IsChallenge(path))
        {
            route.TypedPerFilterConfig[Authorizing.FilterName] = Authorizing.Off();
        }

        return route;
    }

    /// <summary>Headers of the path that some split sets too: they go into the splits, as Envoy lets a route overwrite what its splits set.</summary>
    private static ImmutableSortedDictionary<string, string> Contested(IngressPath path) =>
        path.AppendHeaders.RemoveRange(path.AppendHeaders.Keys.Where(name => !path.Splits.Any(split => Sets(split, name))));

    private static bool Sets(IngressSplit split, string name) => split.AppendHeaders.Keys.Contains(name, StringComparer.OrdinalIgnoreCase);

    private static RouteAction Action(IngressPath path, ImmutableSortedDictionary<string, string> contested, BackendPorts ports)
    {
        var action = new RouteAction
        {
            WeightedClusters = new WeightedCluster { Clusters = { path.Splits.Select(split => Share(split, ports.Of(path, split).ClusterName, path.Splits.Length == 1, contested)) } },
            Timeout = new Duration(),
        };
        if (path.RewriteHost.Length > 0)
        {
            action.HostRewriteLiteral = path.RewriteHost;
        }

        return action;
    }

    private static WeightedCluster.Types.ClusterWeight Share(IngressSplit split, string cluster, bool isOnly, ImmutableSortedDictionary<string, string> contested) => new()
    {
        Name = cluster,
        Weight = isOnly ? WholeTraffic : (uint)split.Percent,
        RequestHeadersToAdd = { HeaderMutations.Overwrite(split.AppendHeaders.AddRange(contested.Where(header => !Sets(split, header.Key)))) },
    };

    // As net-kourier: an empty value asks for the header's presence.
    private static HeaderMatcher Matcher(string name, string value) => value.Length == 0
        ? new HeaderMatcher { Name = name, PresentMatch = true }
        : new HeaderMatcher { Name = name, StringMatch = new StringMatcher { Exact = value } };

    private static string PrefixOf(IngressPath path) => path.Path.Length == 0 ? "/" : path.Path;
}

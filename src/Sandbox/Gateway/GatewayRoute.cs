using System.Collections.Immutable;
using Envoy.Config.Route.V3;
using Microsoft.AspNetCore.Http;
using PathCase = Envoy.Config.Route.V3.RouteMatch.PathSpecifierOneofCase;

namespace Knative.Xds.Sandbox.Gateway;

/// <summary>A route: which requests it takes, and what becomes of them.</summary>
internal sealed record GatewayRoute
{
    public required string Name { get; init; }
    public required PathCase PathKind { get; init; }
    public required string Path { get; init; }
    public required ImmutableArray<GatewayHeaderMatch> Headers { get; init; }
    public required HeaderEdits Edits { get; init; }
    /// <summary>Where to send requests; empty for a redirect or a direct response.</summary>
    public ImmutableArray<GatewayTarget> Targets { get; init; } = [];
    /// <summary>Host towards the backend; null leaves it.</summary>
    public string? RewriteHost { get; init; }
    public RedirectAction? Redirect { get; init; }
    public DirectResponseAction? DirectResponse { get; init; }

    public static GatewayRoute Of(Route route)
    {
        var action = route.Route_;
        return new GatewayRoute
        {
            Name = route.Name,
            PathKind = route.Match.PathSpecifierCase,
            Path = PathOf(route),
            Headers = [.. route.Match.Headers.Select(GatewayHeaderMatch.Of)],
            Edits = HeaderEdits.Of(route.RequestHeadersToRemove, route.RequestHeadersToAdd),
            Targets = action is null ? [] : GatewayTarget.AllOf(route.Name, action),
            RewriteHost = string.IsNullOrEmpty(action?.HostRewriteLiteral) ? null : action.HostRewriteLiteral,
            Redirect = route.Redirect,
            DirectResponse = route.DirectResponse,
        };
    }

    public bool Matches(string path, IHeaderDictionary headers)
    {
        var matches = PathKind switch
        {
            PathCase.Path => path == Path,
            PathCase.PathSeparatedPrefix => path.StartsWith(Path, StringComparison.Ordinal) && (path.Length == Path.Length || path[Path.Length] == '/'),
            _ => path.StartsWith(Path, StringComparison.Ordinal),
        };
        return matches && Headers.All(match => match.Matches(headers));
    }

    /// <summary>A target by chance, in proportion to the weights.</summary>
    public GatewayTarget Pick(Random random)
    {
        var ticket = random.NextInt64(Targets.Sum(target => target.Weight));
        return Targets.First(target => (ticket -= target.Weight) < 0);
    }

    private static string PathOf(Route route) => route.Match.PathSpecifierCase switch
    {
        PathCase.Prefix => route.Match.Prefix,
        PathCase.Path => route.Match.Path,
        PathCase.PathSeparatedPrefix => route.Match.PathSeparatedPrefix,
        var kind => throw new InvalidDataException($"route {route.Name}: matching by {kind} is not supported"),
    };
}

using Envoy.Config.Route.V3;

namespace Knative.Xds.ControlPlane.Explaining;

/// <summary>Envoy's route matches, of the kinds that the translation makes.</summary>
internal static class RouteMatching
{
    /// <summary>What a match asks for, for people.</summary>
    public static string Describe(RouteMatch match) => string.Join(", ", new[] { DescribePath(match) }.Concat(match.Headers.Select(Describe)));

    /// <summary>What a request lacks; empty when it matches.</summary>
    public static string WhyNot(RouteMatch match, GatewayRequest request)
    {
        if (!PathMatches(match, request.PathWithoutQuery))
        {
            return $"the path {request.PathWithoutQuery} has not the {DescribePath(match)}";
        }

        return match.Headers.Select(header => WhyNot(header, request)).FirstOrDefault(why => why.Length > 0, "");
    }

    private static bool PathMatches(RouteMatch match, string path) => match.PathSpecifierCase switch
    {
        RouteMatch.PathSpecifierOneofCase.Prefix => path.StartsWith(match.Prefix, StringComparison.Ordinal),
        RouteMatch.PathSpecifierOneofCase.Path => path == match.Path,
        RouteMatch.PathSpecifierOneofCase.PathSeparatedPrefix => path == match.PathSeparatedPrefix || path.StartsWith(match.PathSeparatedPrefix + "/", StringComparison.Ordinal),
        _ => false,
    };

    private static string DescribePath(RouteMatch match) => match.PathSpecifierCase switch
    {
        RouteMatch.PathSpecifierOneofCase.Prefix => $"prefix {match.Prefix}",
        RouteMatch.PathSpecifierOneofCase.Path => $"path {match.Path}",
        RouteMatch.PathSpecifierOneofCase.PathSeparatedPrefix => $"prefix {match.PathSeparatedPrefix} (whole segments)",
        RouteMatch.PathSpecifierOneofCase.SafeRegex => $"pattern {match.SafeRegex.Regex}",
        _ => "no path",
    };

    private static string Describe(HeaderMatcher header) => header.HeaderMatchSpecifierCase switch
    {
        HeaderMatcher.HeaderMatchSpecifierOneofCase.StringMatch => $"header {header.Name}: {header.StringMatch.Exact}",
        _ => $"header {header.Name}",
    };

    private static string WhyNot(HeaderMatcher header, GatewayRequest request)
    {
        var value = request.Header(header.Name);
        var has = value is not null;
        var matches = header.HeaderMatchSpecifierCase switch
        {
            HeaderMatcher.HeaderMatchSpecifierOneofCase.StringMatch => has && value == header.StringMatch.Exact,
            HeaderMatcher.HeaderMatchSpecifierOneofCase.PresentMatch => has == header.PresentMatch,
            _ => has,
        };
        if (matches != header.InvertMatch)
        {
            return "";
        }

        return has ? $"its {header.Name} is {value}, and not as in {Describe(header)}" : $"it has no header {header.Name}";
    }
}

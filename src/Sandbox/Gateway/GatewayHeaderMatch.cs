using Envoy.Config.Route.V3;
using Microsoft.AspNetCore.Http;
using MatchCase = Envoy.Config.Route.V3.HeaderMatcher.HeaderMatchSpecifierOneofCase;

namespace Knative.Xds.Sandbox.Gateway;

/// <summary>A condition on a request header.</summary>
/// <param name="Name">Name of the header.</param>
/// <param name="Exact">Value that it must have; null asks for its presence.</param>
internal sealed record GatewayHeaderMatch(string Name, string? Exact)
{
    public static GatewayHeaderMatch Of(HeaderMatcher matcher) => matcher switch
    {
        { InvertMatch: true } => throw Unsupported(matcher),
        { HeaderMatchSpecifierCase: MatchCase.PresentMatch, PresentMatch: true } => new(matcher.Name, null),
        { StringMatch: { HasExact: true, IgnoreCase: false } match } => new(matcher.Name, match.Exact),
        _ => throw Unsupported(matcher),
    };

    public bool Matches(IHeaderDictionary headers) => headers.TryGetValue(Name, out var values) && (Exact is null || string.Join(',', values.ToArray()) == Exact);

    private static InvalidDataException Unsupported(HeaderMatcher matcher) => new($"match of header {matcher.Name}: only exact and presence matches are supported");
}

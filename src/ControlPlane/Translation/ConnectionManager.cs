using Envoy.Config.Common.MutationRules.V3;
using Envoy.Config.Core.V3;
using Envoy.Extensions.Filters.Http.Lua.V3;
using Envoy.Extensions.Filters.Http.Router.V3;
using Envoy.Extensions.Filters.Network.HttpConnectionManager.V3;
using Envoy.Type.Matcher.V3;
using Google.Protobuf.WellKnownTypes;
using Knative.Xds.Core.Wire;
using EarlyHeaderMutation = Envoy.Extensions.Http.EarlyHeaderMutation.HeaderMutation.V3.HeaderMutation;
using FragmentBuilder = Envoy.Extensions.Filters.Network.HttpConnectionManager.V3.ScopedRoutes.Types.ScopeKeyBuilder.Types.FragmentBuilder;

namespace Knative.Xds.ControlPlane.Translation;

/// <summary>How a listener treats HTTP.</summary>
internal static class ConnectionManager
{
    // What only the system itself may say. It goes before routing, as Envoy sets a split's headers before it removes a route configuration's.
    private static readonly string[] InternalHeaders =
    [
        HeaderNames.KubeletProbe, HeaderNames.OriginalHost, HeaderNames.PassthroughLoadBalancer,
        HeaderNames.ProxyRequest, HeaderNames.RevisionName, HeaderNames.RevisionNamespace,
    ];

    // Windows of HTTP/2 (Envoy's edge guide): what a client may send before it is read.
    private const uint StreamWindowBytes = 64 * 1024;
    private const uint ConnectionWindowBytes = 1024 * 1024;

    public static HttpConnectionManager For(string visibility, GatewaySettings settings)
    {
        var external = visibility == GatewayNames.External;
        return new HttpConnectionManager
        {
            StatPrefix = visibility,
            ScopedRoutes = Scopes(visibility),
            EarlyHeaderMutationExtensions = { BeforeRouting(visibility) },
            HttpFilters = { FindHost(), Authorizing.Filters(settings.Authorization), Router() },
            UpgradeConfigs = { new HttpConnectionManager.Types.UpgradeConfig { UpgradeType = "websocket" } },
            AccessLog = { AccessLogs.Of(settings.AccessLog) },
            Tracing = TracingTranslator.Of(settings.Tracing),
            GenerateRequestId = true,
            // Inside the cluster X-Forwarded-* come from the external pass of the same request, or from a pod.
            UseRemoteAddress = external && (settings.UseRemoteAddress || settings.ProxyProtocol),
            XffNumTrustedHops = external ? settings.TrustedHops : 0,
            ServerHeaderTransformation = settings.PassServerHeader ? HttpConnectionManager.Types.ServerHeaderTransformation.PassThrough : HttpConnectionManager.Types.ServerHeaderTransformation.Overwrite,
            NormalizePath = true,
            // Two slashes may mean something to a backend, and so may an escaped one: paths of ingresses are no access rules.
            MergeSlashes = false,
            PathWithEscapedSlashesAction = HttpConnectionManager.Types.PathWithEscapedSlashesAction.KeepUnchanged,
            StripTrailingHostDot = true,
            StreamIdleTimeout = Duration.FromTimeSpan(settings.StreamIdleTimeout),
            RequestHeadersTimeout = Duration.FromTimeSpan(settings.RequestHeadersTimeout),
            MaxRequestHeadersKb = settings.MaxRequestHeadersKb,
            CommonHttpProtocolOptions = new HttpProtocolOptions
            {
                IdleTimeout = Duration.FromTimeSpan(settings.ConnectionIdleTimeout),
                HeadersWithUnderscoresAction = external && settings.RejectHeadersWithUnderscores
                    ? HttpProtocolOptions.Types.HeadersWithUnderscoresAction.RejectRequest
                    : HttpProtocolOptions.Types.HeadersWithUnderscoresAction.Allow,
            },
            Http2ProtocolOptions = external
                ? new Http2ProtocolOptions { MaxConcurrentStreams = settings.MaxConcurrentStreams, InitialStreamWindowSize = StreamWindowBytes, InitialConnectionWindowSize = ConnectionWindowBytes }
                : null,
        };
    }

    private static ScopedRoutes Scopes(string visibility) => new()
    {
        Name = visibility,
        ScopeKeyBuilder = new ScopedRoutes.Types.ScopeKeyBuilder { Fragments = { Element(GatewayNames.VisibilityHeader, ""), Element(GatewayNames.HostHeader, ":") } },
        RdsConfigSource = XdsSources.Ads(),
        ScopedRds = new ScopedRds { ScopedRdsConfigSource = XdsSources.Ads() },
    };

    private static FragmentBuilder Element(string header, string separator) => new()
    {
        HeaderValueExtractor = new FragmentBuilder.Types.HeaderValueExtractor { Name = header, ElementSeparator = separator, Index = 0 },
    };

    private static TypedExtensionConfig BeforeRouting(string visibility)
    {
        var removed = visibility == GatewayNames.External ? InternalHeaders : [];
        return new TypedExtensionConfig
        {
            Name = "kxds.before_routing",
            TypedConfig = Any.Pack(new EarlyHeaderMutation
            {
                Mutations =
                {
                    removed.Select(name => new HeaderMutation { Remove = name }),
                    visibility == GatewayNames.External ? [EnvoyHeaders()] : Array.Empty<HeaderMutation>(),
                    new HeaderMutation { Append = HeaderMutations.Overwrite(GatewayNames.VisibilityHeader, visibility) },
                    new HeaderMutation { Append = HeaderMutations.OverwriteByFormat(GatewayNames.HostHeader, "%REQ(:authority)%") },
                },
            }),
        };
    }

    // Envoy obeys them: retries, time limits, statistics under another name.
    private static HeaderMutation EnvoyHeaders() => new() { RemoveOnMatch = new HeaderMutation.Types.RemoveOnMatch { KeyMatcher = new StringMatcher { Prefix = "x-envoy-" } } };

    private static HttpFilter FindHost() => new()
    {
        Name = HostScript.FilterName,
        TypedConfig = Any.Pack(new Lua { DefaultSourceCode = new DataSource { InlineString = HostScript.Source } }),
    };

    private static HttpFilter Router() => new()
    {
        Name = "envoy.filters.http.router",
        TypedConfig = Any.Pack(new Router { SuppressEnvoyHeaders = true }),
    };
}

using Envoy.Config.Accesslog.V3;
using Envoy.Config.Common.MutationRules.V3;
using Envoy.Config.Core.V3;
using Envoy.Extensions.AccessLoggers.File.V3;
using Envoy.Extensions.Filters.Http.Lua.V3;
using Envoy.Extensions.Filters.Http.Router.V3;
using Envoy.Extensions.Filters.Network.HttpConnectionManager.V3;
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

    // Slow senders of headers hold a connection; slow senders of bodies are legitimate.
    private static readonly TimeSpan HeadersTimeout = TimeSpan.FromSeconds(30);

    public static HttpConnectionManager For(string visibility, GatewaySettings settings)
    {
        var external = visibility == GatewayNames.External;
        return new HttpConnectionManager
        {
            StatPrefix = visibility,
            ScopedRoutes = Scopes(visibility),
            EarlyHeaderMutationExtensions = { BeforeRouting(visibility) },
            HttpFilters = { FindHost(), Router() },
            UpgradeConfigs = { new HttpConnectionManager.Types.UpgradeConfig { UpgradeType = "websocket" } },
            AccessLog = { AccessLogs(settings) },
            // Inside the cluster X-Forwarded-* come from the external pass of the same request, or from a pod.
            UseRemoteAddress = external,
            XffNumTrustedHops = external ? (uint)settings.TrustedHops : 0,
            NormalizePath = true,
            StripTrailingHostDot = true,
            // Knative has no timeout between the first byte and the last: the queue-proxy applies the revision's.
            StreamIdleTimeout = new Duration(),
            RequestHeadersTimeout = Duration.FromTimeSpan(HeadersTimeout),
            CommonHttpProtocolOptions = external && settings.RejectHeadersWithUnderscores
                ? new HttpProtocolOptions { HeadersWithUnderscoresAction = HttpProtocolOptions.Types.HeadersWithUnderscoresAction.RejectRequest }
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
                    new HeaderMutation { Append = HeaderMutations.Overwrite(GatewayNames.VisibilityHeader, visibility) },
                    new HeaderMutation { Append = HeaderMutations.OverwriteByFormat(GatewayNames.HostHeader, "%REQ(:authority)%") },
                },
            }),
        };
    }

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

    private static IEnumerable<AccessLog> AccessLogs(GatewaySettings settings) => settings.AccessLogPath is null
        ? []
        : [new AccessLog { Name = "envoy.access_loggers.file", TypedConfig = Any.Pack(new FileAccessLog { Path = settings.AccessLogPath }) }];
}

using Envoy.Config.Core.V3;
using Envoy.Extensions.Filters.Http.ExtAuthz.V3;
using Envoy.Extensions.Filters.Network.HttpConnectionManager.V3;
using Google.Protobuf.WellKnownTypes;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Networking;
using HttpService = Envoy.Extensions.Filters.Http.ExtAuthz.V3.HttpService;

namespace Knative.Xds.ControlPlane.Translation;

/// <summary>External authorization: what the filter asks, and what it is told about a virtual host.</summary>
/// <remarks>Source: knative-extensions/net-kourier pkg/reconciler/ingress/config/ext_authz.go; the header and the context entry that name the asker are its.</remarks>
internal static class Authorizing
{
    /// <summary>Name of the filter, and key of its settings for a route.</summary>
    public const string FilterName = "envoy.filters.http.ext_authz";

    private const string AskerKey = "client";
    private const string Asker = "kourier";

    /// <summary>The filter; none without a service.</summary>
    public static IEnumerable<HttpFilter> Filters(ExternalAuthorization? service) => service is null
        ? []
        : [new HttpFilter { Name = FilterName, TypedConfig = Any.Pack(Filter(service)) }];

    /// <summary>What the service is told about the requests of a virtual host.</summary>
    public static Any Context(Ingress ingress, IngressVisibility visibility)
    {
        // Sorted: protobuf writes maps in the order of insertion.
        var entries = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in ingress.Labels)
        {
            entries[name] = value;
        }

        entries[AskerKey] = Asker;
        entries["visibility"] = visibility.ToString();
        var settings = new CheckSettings();
        settings.ContextExtensions.Add(entries);
        return Any.Pack(new ExtAuthzPerRoute { CheckSettings = settings });
    }

    /// <summary>Nobody is asked.</summary>
    public static Any Off() => Any.Pack(new ExtAuthzPerRoute { Disabled = true });

    private static ExtAuthz Filter(ExternalAuthorization service)
    {
        var filter = new ExtAuthz
        {
            TransportApiVersion = ApiVersion.V3,
            FailureModeAllow = service.FailureModeAllow,
            // Zero bytes are refused by Envoy; they say that no body is to be shown.
            WithRequestBody = service.MaxRequestBytes == 0 ? null : new BufferSettings
            {
                MaxRequestBytes = service.MaxRequestBytes,
                AllowPartialMessage = true,
                PackAsBytes = service.PackAsBytes && service.Protocol == AuthorizationProtocol.Grpc,
            },
        };
        if (service.Protocol == AuthorizationProtocol.Grpc)
        {
            filter.GrpcService = Grpc(service);
        }
        else
        {
            filter.HttpService = Http(service);
        }

        return filter;
    }

    private static GrpcService Grpc(ExternalAuthorization service) => new()
    {
        EnvoyGrpc = new GrpcService.Types.EnvoyGrpc { ClusterName = ServiceClusters.Authorization },
        Timeout = TimeoutOf(service),
        InitialMetadata = { new HeaderValue { Key = AskerKey, Value = Asker } },
    };

    private static HttpService Http(ExternalAuthorization service) => new()
    {
        ServerUri = new HttpUri
        {
            Uri = $"{(service.Protocol == AuthorizationProtocol.Https ? "https" : "http")}://{(service.Host.Contains(':', StringComparison.Ordinal) ? $"[{service.Host}]" : service.Host)}:{service.Port}",
            Cluster = ServiceClusters.Authorization,
            Timeout = TimeoutOf(service),
        },
        PathPrefix = service.PathPrefix,
        AuthorizationRequest = new AuthorizationRequest { HeadersToAdd = { new HeaderValue { Key = AskerKey, Value = Asker } } },
    };

    private static Duration TimeoutOf(ExternalAuthorization service) => Duration.FromTimeSpan(TimeSpan.FromMilliseconds(Math.Clamp(service.TimeoutMilliseconds, 0, int.MaxValue)));
}

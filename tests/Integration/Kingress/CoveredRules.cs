namespace Knative.Xds.Integration.Kingress;

/// <summary>What must have a test: each rule has its row in docs/compatibility.md, and no row is there that is not among these.</summary>
internal static class CoveredRules
{
    /// <summary>Pitfalls of Envoy at scale, each shown with the real one.</summary>
    public static readonly string[] Traps =
    [
        "ready only after the ACK of the routes",
        "ready only when the endpoints of its clusters are there",
        "EDS again behind a modified cluster",
        "a cluster that cannot warm holds back the ACK of all that follow",
        "a node's description of itself has 61 KB",
        "no pod at the first priority: the second takes all, without a retry",
        "no endpoints at all",
        "headers that scopes are found by",
        "load reports without statistics, activators told apart",
        "wildcards that come and go touch no listener",
        "every EDS name is answered",
        "a host moves to routes that Envoy does not hold",
        "two scopes never have one key",
        "a removed cluster that a route still names",
        "one change is one small resource",
        "routine changes never touch listeners",
        "deleting is removing the scopes",
        "a reconnecting Envoy is sent only what differs",
        "of several refused routes the one at fault is found",
        "a refused assignment takes the good ones of its response along",
        "a refused cluster does not stop the good ones of its response",
        "statistics of clusters are left out",
        "a dead pod that is still listed",
        "host in any letter case",
        "wildcard host",
        "unknown host",
        "visibility cannot be spoofed",
        "of a refused change of a cluster the last good one stays",
        "routes that are taken away while a scope names them stay",
        "the ACK of listeners comes before they listen, and makes nothing ready",
        "a reconnecting Envoy names all that it holds in one message",
        "a listener is replaced",
        "each worker has its own copy of the configuration",
    ];

    /// <summary>Keys of config-kourier.</summary>
    /// <remarks>Source: net-kourier pkg/reconciler/ingress/config/kourier.go.</remarks>
    public static readonly string[] KourierKeys =
    [
        "enable-service-access-logging", "service-access-log-template", "enable-proxy-protocol", "cluster-cert-secret", "certs-secret-name", "certs-secret-namespace",
        "stream-idle-timeout", "trusted-hops-count", "use-remote-address", "cipher-suites", "enable-cryptomb", "listen-ip-addresses", "disable-envoy-server-header",
        "extauthz-host", "extauthz-protocol", "extauthz-failure-mode-allow", "extauthz-max-request-body-bytes", "extauthz-timeout", "extauthz-path-prefix", "extauthz-pack-as-bytes",
        "tracing-endpoint", "tracing-protocol", "tracing-sampling-rate", "tracing-service-name",
    ];

    /// <summary>Keys of config-network, with older spellings.</summary>
    /// <remarks>Source: knative/networking pkg/config/config.go.</remarks>
    public static readonly string[] NetworkKeys =
    [
        "ingress-class", "ingress.class", "certificate-class", "certificate.class", "domain-template", "domainTemplate", "tag-template", "tagTemplate",
        "external-domain-tls", "auto-tls", "autoTLS", "cluster-local-domain-tls", "system-internal-tls", "internal-encryption", "http-protocol", "httpProtocol",
        "rollout-duration", "rolloutDuration", "autocreate-cluster-domain-claims", "autocreateClusterDomainClaims", "namespace-wildcard-cert-selector",
        "default-external-scheme", "defaultExternalScheme", "enable-mesh-pod-addressability", "mesh-compatibility-mode",
    ];

    /// <summary>Environment variables of net-kourier's controller; of those for authorization the first.</summary>
    /// <remarks>Source: knative-extensions/net-kourier config/300-controller.yaml, knative.dev/pkg.</remarks>
    public static readonly string[] ControllerVariables =
    [
        "SYSTEM_NAMESPACE", "KOURIER_GATEWAY_NAMESPACE", "CERTS_SECRET_NAME", "CERTS_SECRET_NAMESPACE", "KOURIER_EXTAUTHZ_HOST", "KOURIER_HTTPOPTION_DISABLED",
        "ENABLE_SECRET_INFORMER_FILTERING_BY_CERT_UID", "KUBE_API_QPS", "KUBE_API_BURST", "K_THREADS_PER_CONTROLLER", "PROBE_MAX_RETRY_DELAY_SECONDS",
        "CLUSTER_DOMAIN", "METRICS_DOMAIN", "CONFIG_LEADERELECTION_NAME", "CONFIG_LOGGING_NAME", "CONFIG_OBSERVABILITY_NAME",
    ];

    /// <summary>Rules of the xDS protocol, by what they are about.</summary>
    public static readonly string[] Protocol =
    [
        "types: a request without type_url ends the stream",
        "types: unknown types are met with silence, reported once and up to a bound",
        "types: each type is a conversation of its own",
        "requests: the node comes with the first request, and later ones do not count",
        "requests: a nonce is unique on its stream",
        "requests: the first request of a type is answered, whatever version or nonce it carries",
        "requests: a change of names before the first response is answered",
        "requests: a stale nonce gets no reply, and its names count when they are repeated",
        "requests: a pure ACK gets no reply, but what is pending",
        "requests: names added with an ACK are answered though their version is the same",
        "requests: names only removed get no reply, and added again are sent again",
        "requests: a second request with the same nonce is judged by its names",
        "requests: what the client has said is read before a push goes out",
        "NACK: it is known by its error, not by its version",
        "NACK: the same content is not sent again",
        "NACK: what the client still holds is sent again when it is current again",
        "NACK: its changes of subscription count",
        "NACK: the rest of a refused set goes on",
        "responses: each resource has the response's type, and none comes twice",
        "responses: a collection is sent whole: absence is deletion, an empty set deletes all",
        "responses: the first set of clusters for a client that comes back takes none away that its routes still use",
        "responses: a collection is never split, by-name types are",
        "responses: what is split is within what gRPC clients take, with all that is around it",
        "responses: nothing is sent that was not asked for",
        "responses: a Service without endpoints has an assignment all the same",
        "responses: by-name types are sent by what changed; what is gone is not told; unknown names are remembered",
        "responses: versions tell content: equal on all replicas and after a restart",
        "responses: nothing is answered before the caches have synced",
        "names, state of the world: an empty list means everything until the first name",
        "names, state of the world: `*` with names, without them, and nothing after it",
        "names: an empty list, or `*`, of a by-name type means nothing",
        "names: gRPC clients never mean everything",
        "names, incremental: everything, then a name: everything stays",
        "names, incremental: `*` given up: the names stay, and none left is nothing",
        "names, incremental: a first request with a name is that name",
        "incremental: initial versions: equal ones are not sent, gone ones are told, only in the first request",
        "incremental: the first wildcard request is answered even when there is nothing",
        "incremental: each name subscribed is answered, known or not",
        "incremental: unsubscribing is met with silence, but where it leaves a doubt",
        "incremental: subscribe comes before unsubscribe; one message may hold all",
        "incremental: a stale nonce does not lose its change of subscription",
        "incremental: no names with a subscription is an ACK",
        "incremental: what is sent is what changed",
        "incremental: names asked for by an alias are answered under the name asked",
        "incremental: one name more costs no more the more there are",
        "order: clusters, endpoints, secrets, listeners, scopes, routes",
        "order: a cluster leaves after the routes that used it, with a limit",
        "order: routes wait for their new clusters, with a limit",
        "order: a scope moves to routes that the client holds",
        "warming: endpoints follow every new or modified cluster",
        "warming: a cluster that cannot warm does not hold the others",
        "warming: a certificate is replaced without a listener",
        "extras: no time to live, no wrapper, one introduction",
        "flow: one response in flight per type; a slow client gets the newest alone",
        "flow: a client that never answers, or late, is told from one that has nothing to answer; a late answer still counts",
        "flow: resources are encoded once for all streams",
        "limits: names, their length, initial versions, words of a refusal",
        "limits: of streams, over the wire",
        "security: keys go to nobody who has proven nothing",
        "properties: after any sequence a model client holds exactly its subscription, and was sent nothing that it had",
    ];
}

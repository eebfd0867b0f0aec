namespace Knative.Xds.ControlPlane.Translation;

/// <summary>The step of every listener that finds a route configuration where the exact key does not, and answers a probe with the hash of the ingress.</summary>
internal static class HostScript
{
    /// <summary>Key of the hash in the metadata of virtual hosts, in the namespace of the Lua filter.</summary>
    public const string HashKey = "hash";

    /// <summary>Key, beside it, of whether some of the requests may be answered by activators.</summary>
    public const string ActivatorsKey = "activators";

    /// <summary>Name of the filter, and of its namespace in metadata.</summary>
    public const string FilterName = "envoy.filters.http.lua";

    /// <remarks>
    /// A scope is found by an exact, case-sensitive key, while host names have no case, and a wildcard stands for one label. Few clients write upper case,
    /// and few hosts are unknown: all others only pay for the tests. The table of wildcards is the scopes themselves, so a new one changes no listener.
    /// What waits in an activator that dies is sent to another one where the method is idempotent (RFC 9110 §9.2.2): a route's policy cannot tell methods apart, a header can.
    /// Envoy decides that before it chooses an endpoint, so hosts that no activator answers for are left out, but a pod that resets what it was sent cannot be.
    /// Envoy looks a route up again, after clearRouteCache, only when asked for it; metadata() asks, once in the life of a request.
    /// </remarks>
    public const string Source = $$"""
        function envoy_on_request(handle)
          local headers = handle:headers()
          local host = headers:get("{{GatewayNames.HostHeader}}")
          if host == nil then
            return
          end
          if host:find("%u") then
            host = host:lower()
            headers:replace("{{GatewayNames.HostHeader}}", host)
            handle:clearRouteCache()
            handle:metadata()
          end
          if handle:streamInfo():routeName() == "" and handle:virtualHost():metadata():get("{{HashKey}}") == nil then
            local dot = host:find(".", 1, true)
            if dot ~= nil then
              headers:replace("{{GatewayNames.HostHeader}}", "*" .. host:sub(dot))
              handle:clearRouteCache()
            end
          end
          if headers:get("k-network-hash") == "override" then
            local hash = handle:virtualHost():metadata():get("{{HashKey}}")
            if hash ~= nil then
              headers:replace("k-network-hash", hash)
            end
          end
          local method = headers:get(":method")
          if (method == "GET" or method == "HEAD" or method == "PUT" or method == "DELETE" or method == "OPTIONS" or method == "TRACE")
            and handle:virtualHost():metadata():get("{{ActivatorsKey}}") then
            headers:replace("x-envoy-retry-on", "reset")
          end
        end
        """;
}

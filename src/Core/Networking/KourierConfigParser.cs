using System.Collections.Immutable;
using System.Net;
using Knative.Xds.Core.Configuration;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Scaling;

namespace Knative.Xds.Core.Networking;

/// <summary>Reads config-kourier.</summary>
/// <remarks>Source: knative-extensions/net-kourier pkg/reconciler/ingress/config. Keys of tracing and authorization are looked at only where there is an endpoint, or a host.</remarks>
public static class KourierConfigParser
{
    private const string AddressesKey = "listen-ip-addresses";

    /// <summary>Reads the data of the ConfigMap; unknown keys are ignored.</summary>
    /// <remarks>Errors: a bad value gives a problem that names its key, and no config: the last good one stays in force.</remarks>
    public static (KourierConfig? Config, Problem? Problem) Parse(ObjectKey configMap, IReadOnlyDictionary<string, string> data)
    {
        ArgumentNullException.ThrowIfNull(data);
        var reader = new ConfigReader(data);
        var config = Read(reader, data);
        return reader.Problem is { } problem
            ? (null, new Problem(configMap, $"data[{problem.Key}]", "InvalidConfig", problem.Message))
            : (config, null);
    }

    private static KourierConfig Read(ConfigReader reader, IReadOnlyDictionary<string, string> data) => new()
    {
        EnableServiceAccessLogging = Switch(reader, data, "enable-service-access-logging"),
        ServiceAccessLogTemplate = data.GetValueOrDefault("service-access-log-template", ""),
        EnableProxyProtocol = reader.Bool("enable-proxy-protocol", false),
        ClusterCertSecret = reader.Text("cluster-cert-secret", ""),
        StreamIdleTimeout = reader.GoDuration("stream-idle-timeout", GoDuration.Zero),
        TrustedHopsCount = reader.UInt32("trusted-hops-count", 0),
        UseRemoteAddress = Switch(reader, data, "use-remote-address"),
        CipherSuites = data.TryGetValue("cipher-suites", out var ciphers) ? ConfigTexts.Split(ciphers) : null,
        EnableCryptoMb = reader.Bool("enable-cryptomb", false),
        ListenIPAddresses = Addresses(reader, data),
        DisableEnvoyServerHeader = reader.Bool("disable-envoy-server-header", false),
        CertsSecretName = reader.Text("certs-secret-name", ""),
        CertsSecretNamespace = reader.Text("certs-secret-namespace", ""),
        ExternalAuthorization = Authorization(reader),
        Tracing = Tracing(reader, data),
    };

    private static bool? Switch(ConfigReader reader, IReadOnlyDictionary<string, string> data, string key) => data.ContainsKey(key) ? reader.Bool(key, false) : null;

    private static ImmutableArray<string> Addresses(ConfigReader reader, IReadOnlyDictionary<string, string> data)
    {
        if (!data.TryGetValue(AddressesKey, out var text))
        {
            return new KourierConfig().ListenIPAddresses;
        }

        ImmutableArray<string> addresses = [.. text.Split(',').Select(address => address.Trim())];
        foreach (var address in addresses.Where(address => !IsAddress(address)))
        {
            reader.Require(false, AddressesKey, $"{AddressesKey}: \"{address}\" is not an IP address");
        }

        return addresses;
    }

    /// <summary>As Go: no brackets, no zone, no prefix length, no leading zeros.</summary>
    private static bool IsAddress(string text)
    {
        var bytes = text[(text.LastIndexOf(':') + 1)..].Split('.');
        return text.Length > 0 && text.All(c => char.IsAsciiHexDigit(c) || c is ':' or '.') &&
            (bytes.Length == 1 ? text.Contains(':', StringComparison.Ordinal) : bytes is [_, _, _, _] && bytes.All(IsByte)) &&
            IPAddress.TryParse(text, out _);
    }

    private static bool IsByte(string text) => byte.TryParse(text, out var value) && text == value.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static ExternalAuthorization? Authorization(ConfigReader reader)
    {
        const string HostKey = "extauthz-host";
        const string ProtocolKey = "extauthz-protocol";
        var target = reader.Text(HostKey, "");
        if (target.Length == 0)
        {
            return null;
        }

        var (host, port) = SplitPort(target);
        var good = GoText.TryInt64(port ?? "", out var number);
        reader.Require(good, HostKey, $"{HostKey} = \"{target}\" is not a host with a port");
        reader.Require(number <= IPEndPoint.MaxPort, HostKey, $"{HostKey} = \"{target}\": there is no port above {IPEndPoint.MaxPort}");
        var protocol = reader.Text(ProtocolKey, "");
        reader.Require(protocol is "grpc" or "http" or "https", ProtocolKey, $"{ProtocolKey} must be grpc, http or https, was \"{protocol}\"");
        return new ExternalAuthorization
        {
            Host = host,
            Port = unchecked((uint)number),
            Protocol = protocol switch { "grpc" => AuthorizationProtocol.Grpc, "http" => AuthorizationProtocol.Http, _ => AuthorizationProtocol.Https },
            FailureModeAllow = reader.Bool("extauthz-failure-mode-allow", false),
            MaxRequestBytes = reader.UInt32("extauthz-max-request-body-bytes", 8192),
            TimeoutMilliseconds = reader.Int64("extauthz-timeout", 2000),
            PathPrefix = reader.Text("extauthz-path-prefix", ""),
            PackAsBytes = reader.Bool("extauthz-pack-as-bytes", false),
        };
    }

    /// <summary>As Go's net.SplitHostPort; the port is null when there is none, or the host is not to be told from it.</summary>
    private static (string Host, string? Port) SplitPort(string text)
    {
        var colon = text.LastIndexOf(':');
        if (colon < 0)
        {
            return (text, null);
        }

        var (host, port) = (text[..colon], text[(colon + 1)..]);
        if (host is ['[', .., ']'])
        {
            host = host[1..^1];
            return (host, host.AsSpan().IndexOfAny('[', ']') < 0 ? port : null);
        }

        return (host, host.AsSpan().IndexOfAny(":[]") < 0 && port.AsSpan().IndexOfAny("[]") < 0 ? port : null);
    }

    private static OpenTelemetryTracing? Tracing(ConfigReader reader, IReadOnlyDictionary<string, string> data)
    {
        const string EndpointKey = "tracing-endpoint";
        var endpoint = data.GetValueOrDefault(EndpointKey, "");
        if (endpoint.Length == 0)
        {
            return null;
        }

        var (url, fault) = GoUrl.Parse(endpoint);
        reader.Require(fault is null, EndpointKey, $"{EndpointKey} \"{endpoint}\" is no URL: {fault}");
        var port = 0;
        var good = url is not null && int.TryParse(url.Port, out port) && port <= IPEndPoint.MaxPort;
        reader.Require(good, EndpointKey, $"{EndpointKey} \"{endpoint}\" must be a URL with a port, like http://collector:4317");
        return new OpenTelemetryTracing
        {
            Endpoint = endpoint,
            Scheme = url?.Scheme ?? "",
            Host = url?.HostName ?? "",
            Port = port,
            Path = url?.Path ?? "",
            IsGrpc = Protocol(reader, data) == "grpc",
            SamplingRate = Rate(reader, data),
            ServiceName = data.GetValueOrDefault("tracing-service-name", "") is { Length: > 0 } name ? name : OpenTelemetryTracing.DefaultServiceName,
        };
    }

    private static string Protocol(ConfigReader reader, IReadOnlyDictionary<string, string> data)
    {
        const string Key = "tracing-protocol";
        var protocol = data.GetValueOrDefault(Key, "") is { Length: > 0 } text ? text : "grpc";
        reader.Require(protocol is "grpc" or "http/protobuf", Key, $"{Key} must be grpc or http/protobuf, was \"{protocol}\"");
        return protocol;
    }

    private static double Rate(ConfigReader reader, IReadOnlyDictionary<string, string> data)
    {
        const string Key = "tracing-sampling-rate";
        if (data.GetValueOrDefault(Key, "").Length == 0)
        {
            return 1;
        }

        var rate = reader.Float(Key, 1);
        reader.Require(!(rate < 0) && !(rate > 1), Key, $"{Key} must be from 0 to 1, was {rate}");
        return rate;
    }
}

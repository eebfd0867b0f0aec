using System.Text.Json;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Networking;
using Knative.Xds.Testing;

namespace Knative.Xds.Core.Tests.Networking;

[Trait(Vectors.Trait, Vectors.Category)]
public sealed class KourierConfigVectorTests
{
    [Fact]
    public void Parse_RecordedConfigMaps_GivesTheSameSettings()
    {
        foreach (var item in VectorCases.OrSkip("config.json", "kourier"))
        {
            var id = item.Text("id");
            var (config, problem) = KourierConfigParser.Parse(new ObjectKey("knative-serving", "config-kourier"), Data.Of(item));

            Assert.Equal((id, item.GetProperty("ok").GetBoolean()), (id, problem is null));
            if (config is not null)
            {
                Assert.Equal($"{id} {Data.Sorted(item.GetProperty("parsed"))}", $"{id} {Data.Sorted(JsonSerializer.SerializeToElement(Upstream(config)))}");
            }
        }
    }

    private static object Upstream(KourierConfig config) => new
    {
        certsSecretName = config.CertsSecretName,
        certsSecretNamespace = config.CertsSecretNamespace,
        cipherSuitesSorted = config.CipherSuites,
        clusterCertSecret = config.ClusterCertSecret,
        disableEnvoyServerHeader = config.DisableEnvoyServerHeader,
        enableCryptoMb = config.EnableCryptoMb,
        enableProxyProtocol = config.EnableProxyProtocol,
        enableServiceAccessLogging = config.EnableServiceAccessLogging ?? true,
        externalAuthz = Authorization(config.ExternalAuthorization),
        idleTimeoutNs = config.StreamIdleTimeout.Nanoseconds,
        listenIpAddresses = config.ListenIPAddresses,
        serviceAccessLogTemplate = config.ServiceAccessLogTemplate,
        tracing = Tracing(config.Tracing),
        trustedHopsCount = config.TrustedHopsCount,
        useHttpsListenerWithOneCert = config.CertsSecretName.Length > 0 && config.CertsSecretNamespace.Length > 0,
        useRemoteAddress = config.UseRemoteAddress ?? false,
    };

    private static object Authorization(ExternalAuthorization? service) => new
    {
        enabled = service is not null,
        failureModeAllow = service?.FailureModeAllow ?? false,
        host = service?.Host ?? "",
        maxRequestBytes = service?.MaxRequestBytes ?? 0,
        packAsBytes = service?.PackAsBytes ?? false,
        pathPrefix = service?.PathPrefix ?? "",
        port = service?.Port ?? 0,
        protocol = Data.Lower(service?.Protocol),
        timeoutMs = service?.TimeoutMilliseconds ?? 0,
    };

    private static object Tracing(OpenTelemetryTracing? tracing) => new
    {
        enabled = tracing is not null,
        endpoint = tracing?.Endpoint ?? "",
        otlpHost = tracing?.Host ?? "",
        otlpPath = tracing?.Path ?? "",
        otlpPort = tracing?.Port ?? 0,
        protocol = tracing is null ? "" : tracing.IsGrpc ? "grpc" : "http/protobuf",
        samplingRate = tracing?.SamplingRate ?? 0,
        serviceName = tracing?.ServiceName ?? "",
    };
}

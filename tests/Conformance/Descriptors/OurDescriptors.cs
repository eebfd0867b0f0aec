using System.Reflection;
using Envoy.Service.Discovery.V3;
using Google.Protobuf.Reflection;

namespace Knative.Xds.Conformance.Descriptors;

/// <summary>The descriptors that were generated from <c>protos/</c>.</summary>
internal static class OurDescriptors
{
    /// <summary>Files that upstream has in Envoy 1.40 and the npm package, which is older, does not: they are held against the real Envoy's own.</summary>
    public static IReadOnlyList<string> Newer { get; } =
    [
        "envoy/extensions/transport_sockets/tls/cert_mappers/sni/v3/config.proto",
        "envoy/extensions/transport_sockets/tls/cert_mappers/static_name/v3/config.proto",
        "envoy/extensions/transport_sockets/tls/cert_selectors/on_demand_secret/v3/config.proto",
    ];

    /// <summary>Every file that has a counterpart in the package, in the order of names.</summary>
    public static FileDescriptorSet Load() => new() { File = { LoadAll().File.Where(file => !Newer.Contains(file.Name)) } };

    /// <summary>Every file that is not ours alone, in the order of names.</summary>
    public static FileDescriptorSet LoadAll()
    {
        var files = typeof(DiscoveryRequest).Assembly.GetTypes()
            .Select(type => type.GetProperty("Descriptor", BindingFlags.Public | BindingFlags.Static)?.GetValue(null))
            .OfType<FileDescriptor>()
            .Where(file => !file.Name.StartsWith("knative/", StringComparison.Ordinal))
            .OrderBy(file => file.Name, StringComparer.Ordinal)
            .Select(file => file.ToProto());
        return new FileDescriptorSet { File = { files } };
    }
}

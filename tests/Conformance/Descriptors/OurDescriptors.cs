using System.Reflection;
using Envoy.Service.Discovery.V3;
using Google.Protobuf.Reflection;

namespace Knative.Xds.Conformance.Descriptors;

/// <summary>The descriptors that were generated from <c>protos/</c>.</summary>
internal static class OurDescriptors
{
    /// <summary>Every file that has a counterpart upstream, in the order of names.</summary>
    public static FileDescriptorSet Load()
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

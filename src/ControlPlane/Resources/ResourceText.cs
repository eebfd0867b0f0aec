using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Envoy.Config.Cluster.V3;
using Envoy.Config.Core.V3;
using Envoy.Extensions.TransportSockets.Tls.V3;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;

namespace Knative.Xds.ControlPlane.Resources;

/// <summary>Resources for people to read: as JSON, and without private keys.</summary>
public static class ResourceText
{
    private const string Redacted = "[redacted]";
    private const string KeptWhole = "A program that is compiled ahead of time and calls this keeps the assembly whole.";
    private static readonly Lazy<TypeRegistry> Types = new(AllTypes);
    private static readonly Lazy<JsonFormatter> Formatter = new(() => new JsonFormatter(JsonFormatter.Settings.Default.WithTypeRegistry(Types.Value)));
    private static readonly Lazy<JsonParser> Parser = new(() => new JsonParser(JsonParser.Settings.Default.WithIgnoreUnknownFields(true).WithTypeRegistry(Types.Value)));

    /// <summary>The resource's message as JSON, protobuf's mapping, with what is packed in it unpacked.</summary>
    public static string Json(EncodedResource resource) => Formatter.Value.Format(WithoutKeys(resource));

    /// <summary>Reads what <see cref="Json"/> wrote.</summary>
    /// <exception cref="InvalidProtocolBufferException">It is of another type.</exception>
    public static T Parse<T>(string json) where T : IMessage<T>, new() => Parser.Value.Parse<Any>(json).Unpack<T>();

    /// <summary>The same message as <see cref="Json"/> would write it, whoever wrote it in protobuf's mapping: fields may have their names in the .proto file.</summary>
    /// <returns>Null where it is of a type, or has a value, that we do not know.</returns>
    public static string? Normalize(string json)
    {
        try
        {
            return Formatter.Value.Format(WithoutKeys(Parser.Value.Parse<Any>(json)));
        }
        catch (Exception foreign) when (foreign is InvalidProtocolBufferException or InvalidJsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>The resource's message without private keys; the shared one where there are none.</summary>
    public static Any WithoutKeys(EncodedResource resource) => WithoutKeys(resource.Body);

    private static Any WithoutKeys(Any body)
    {
        if (body.TypeUrl != ResourceType.Secret.TypeUrl())
        {
            return body;
        }

        var secret = body.Unpack<Secret>();
        if (secret.TlsCertificate is { } certificate)
        {
            certificate.PrivateKey = new DataSource { InlineString = Redacted };
            certificate.PrivateKeyProvider = null;
        }

        return Any.Pack(secret);
    }

    // Everything that may be packed in a resource is generated into one assembly.
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = KeptWhole)]
    [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = KeptWhole)]
    private static TypeRegistry AllTypes() => TypeRegistry.FromFiles(
        typeof(Cluster).Assembly.GetTypes()
            .Select(type => type.GetProperty("Descriptor", BindingFlags.Public | BindingFlags.Static)?.GetValue(null))
            .OfType<FileDescriptor>());
}

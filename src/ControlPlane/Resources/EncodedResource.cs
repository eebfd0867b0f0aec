using System.Collections.Immutable;
using System.IO.Hashing;
using System.Security.Cryptography;
using Envoy.Extensions.TransportSockets.Tls.V3;
using Envoy.Service.Discovery.V3;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Knative.Xds.ControlPlane.Resources;

/// <summary>A resource in the form in which every stream sends it: serialised once, versioned by its content.</summary>
/// <remarks>Immutable by contract: <see cref="Body"/> and <see cref="Wire"/> are shared by all responses; never change them.
/// Secrets are the exception: they are serialised whenever they are sent, as most never are, and the hosts of a certificate share its bytes.</remarks>
public sealed class EncodedResource
{
    private const int VersionBytes = 16;
    private readonly Secret? _secret;
    private readonly Any? _body;
    private readonly Resource? _wire;

    private EncodedResource(ResourceType type, string name, IMessage message, ImmutableArray<string> references)
    {
        var bytes = message.ToByteString();
        Type = type;
        Name = name;
        References = references;
        Size = bytes.Length;
        Version = VersionOf(type, bytes);
        if (message is Secret secret)
        {
            _secret = secret;
            return;
        }

        _body = new Any { TypeUrl = type.TypeUrl(), Value = bytes };
        _wire = new Resource { Name = name, Version = Version, Resource_ = _body };
    }

    private EncodedResource(EncodedResource other) =>
        (Type, Name, References, Size, Version, _secret, _body, _wire) = (other.Type, other.Name, other.References, other.Size, other.Version, other._secret, other._body, other._wire);

    /// <summary>Kind.</summary>
    public ResourceType Type { get; }
    /// <summary>Name within the kind.</summary>
    public string Name { get; }
    /// <summary>Hash of the content (32 lower-case hex digits): equal on every replica and after restarts.</summary>
    public string Version { get; }
    /// <summary>Bytes of the serialised message.</summary>
    public int Size { get; }
    /// <summary>Names that it refers to: of a cluster its assignment, of a scope its route configuration, of a route configuration its clusters. Sorted.</summary>
    public ImmutableArray<string> References { get; }
    /// <summary>The version that it leads to and stands for meanwhile; null when it is whole itself.</summary>
    public string? BridgesTo { get; private init; }
    /// <summary>The resource that is served under this name, which is not its own; null when the name is its own.</summary>
    public EncodedResource? StandsFor { get; private init; }
    /// <summary>It is served under another name than its own.</summary>
    public bool IsAlias => StandsFor is not null;
    /// <summary>What a state-of-the-world response holds.</summary>
    public Any Body => _body ?? new Any { TypeUrl = Type.TypeUrl(), Value = _secret!.ToByteString() };
    /// <summary>What a delta response holds.</summary>
    public Resource Wire => _wire ?? new Resource { Name = Name, Version = Version, Resource_ = Body };

    /// <summary>Encodes a message under the name that it bears itself, and finds what it refers to.</summary>
    /// <remarks>Fill protobuf maps in sorted order: their order is part of the content.</remarks>
    public static EncodedResource Of(IMessage message)
    {
        var (type, name) = ResourceReferences.Identify(message);
        return new(type, name, message, ResourceReferences.Of(message));
    }

    /// <summary>The same content, as a step on the way to another version.</summary>
    internal EncodedResource AsBridgeTo(EncodedResource next) => new(this) { BridgesTo = next.Version };

    /// <summary>A secret under another name.</summary>
    internal EncodedResource As(string name) =>
        new(Type, name, new Secret { Name = name, TlsCertificate = _secret!.TlsCertificate }, References) { StandsFor = this };

    /// <inheritdoc/>
    public override string ToString() => $"{Type.ShortName()}:{Name}@{Version}";

    // Versions are logged and shown: that of a private key must not tell anything about it.
    private static string VersionOf(ResourceType type, ByteString bytes) => Convert.ToHexStringLower(
        type == ResourceType.Secret ? SHA256.HashData(bytes.Span).AsSpan(0, VersionBytes) : XxHash128.Hash(bytes.Span));
}

using System.Collections.Immutable;
using System.IO.Hashing;
using Envoy.Service.Discovery.V3;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Knative.Xds.ControlPlane.Resources;

/// <summary>A resource in the form in which every stream sends it: serialised once, versioned by its content.</summary>
/// <remarks>Immutable by contract: <see cref="Body"/> and <see cref="Wire"/> are shared by all responses; never change them.</remarks>
public sealed class EncodedResource
{
    private EncodedResource(ResourceType type, string name, ByteString bytes, ImmutableArray<string> references)
    {
        Type = type;
        Name = name;
        References = references;
        Size = bytes.Length;
        Version = Convert.ToHexStringLower(XxHash128.Hash(bytes.Span));
        Body = new Any { TypeUrl = type.TypeUrl(), Value = bytes };
        Wire = new Resource { Name = name, Version = Version, Resource_ = Body };
    }

    /// <summary>Kind.</summary>
    public ResourceType Type { get; }
    /// <summary>Name within the kind.</summary>
    public string Name { get; }
    /// <summary>Hash of the content (XxHash128, 32 lower-case hex digits): equal on every replica and after restarts.</summary>
    public string Version { get; }
    /// <summary>Bytes of the serialised message.</summary>
    public int Size { get; }
    /// <summary>Names that it refers to: of a cluster its assignment, of a scope its route configuration, of a route configuration its clusters. Sorted.</summary>
    public ImmutableArray<string> References { get; }
    /// <summary>What a state-of-the-world response holds.</summary>
    public Any Body { get; }
    /// <summary>What a delta response holds.</summary>
    public Resource Wire { get; }

    /// <summary>Encodes a message and finds what it refers to.</summary>
    /// <remarks>Fill protobuf maps in sorted order: their order is part of the content.</remarks>
    public static EncodedResource Of(ResourceType type, string name, IMessage message) =>
        new(type, name, message.ToByteString(), ResourceReferences.Of(message));

    /// <summary>Encodes a message under the name that it bears itself.</summary>
    public static EncodedResource Of(IMessage message)
    {
        var (type, name) = ResourceReferences.Identify(message);
        return Of(type, name, message);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Type.ShortName()}:{Name}@{Version}";
}

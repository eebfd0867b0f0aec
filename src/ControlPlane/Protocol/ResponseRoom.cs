using System.Text;
using Google.Protobuf;
using Knative.Xds.ControlPlane.Resources;

namespace Knative.Xds.ControlPlane.Protocol;

/// <summary>What still fits into a response, counted as it is on the wire.</summary>
/// <param name="limit">Bytes of the whole response; the first resource is taken in whatever its size, as it cannot be cut.</param>
/// <param name="isStateOfTheWorld">Resources go without a name and a version of their own, and removals not at all.</param>
internal sealed class ResponseRoom(long limit, bool isStateOfTheWorld)
{
    private const int LongestNonce = 20;
    private const int VersionLength = 32;
    private long _left = limit;
    private bool _isEmpty = true;

    /// <summary>Room in a response under a policy; collections are sent whole.</summary>
    public static ResponseRoom For(ResourceType type, StreamPolicy policy, bool isStateOfTheWorld) =>
        new(type.IsCollection() ? long.MaxValue : policy.MaxResponseBytes - Envelope(type, policy), isStateOfTheWorld);

    /// <summary>Takes a resource in; false when it has to go with the next response.</summary>
    public bool TryTake(EncodedResource resource) => TryTake(isStateOfTheWorld ? Framed(BodyOf(resource)) : Framed(Framed(LengthOf(resource.Name)) + Framed(resource.Version.Length) + Framed(BodyOf(resource))));

    /// <summary>Takes the name of one that is gone in; false when it has to go with the next response.</summary>
    public bool TryTake(string removal) => isStateOfTheWorld || TryTake(Framed(LengthOf(removal)));

    private bool TryTake(int bytes)
    {
        if (!_isEmpty && bytes > _left)
        {
            return false;
        }

        _left -= bytes;
        _isEmpty = false;
        return true;
    }

    private static int BodyOf(EncodedResource resource) => Framed(resource.Type.TypeUrl().Length) + Framed(resource.Size);

    private static int Envelope(ResourceType type, StreamPolicy policy) =>
        Framed(type.TypeUrl().Length) + Framed(LongestNonce) + Framed(VersionLength) + Framed(Framed(LengthOf(policy.Identifier)));

    private static int LengthOf(string text) => Encoding.UTF8.GetByteCount(text);

    /// <summary>A field's bytes with its tag and its length.</summary>
    private static int Framed(int length) => 1 + CodedOutputStream.ComputeLengthSize(length) + length;
}

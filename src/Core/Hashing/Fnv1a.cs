using System.Text;

namespace Knative.Xds.Core.Hashing;

/// <summary>FNV-1a, 64 bits. Appending to a hashed text continues from its hash.</summary>
internal static class Fnv1a
{
    public const ulong Empty = 0xcbf29ce484222325;
    private const ulong Prime = 0x100000001b3;

    public static ulong Append(ulong hash, string text)
    {
        Span<byte> buffer = stackalloc byte[256];
        var size = Encoding.UTF8.GetMaxByteCount(text.Length);
        var bytes = size <= buffer.Length ? buffer : new byte[size];
        foreach (var part in bytes[..Encoding.UTF8.GetBytes(text, bytes)])
        {
            hash = unchecked((hash ^ part) * Prime);
        }

        return hash;
    }
}

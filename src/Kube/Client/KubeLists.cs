using System.Buffers;
using k8s;
using k8s.Models;

namespace Knative.Xds.Kube.Client;

/// <summary>Reads pages of lists, see <see cref="ListReader{T}"/>.</summary>
internal static class KubeLists
{
    private const int FirstSize = 128 * 1024;

    /// <summary>Reads a page that is there as a whole.</summary>
    public static ObjectPage<T> ReadPage<T>(ReadOnlySpan<byte> utf8) where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var list = new ListReader<T>();
        list.Read(utf8, isLast: true);
        return list.Page;
    }

    /// <summary>Reads a page while it comes: what is read and what is on its way are never there as a whole.</summary>
    /// <param name="readAsync">Fills a buffer; less only at the end.</param>
    public static async Task<ObjectPage<T>> ReadPageAsync<T>(Func<Memory<byte>, Task<int>> readAsync) where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var list = new ListReader<T>();
        var buffer = ArrayPool<byte>.Shared.Rent(FirstSize);
        var held = 0;
        while (true)
        {
            var isLast = await readAsync(buffer.AsMemory(held)) is var read && held + read < buffer.Length;
            held += read;
            var used = list.Read(buffer.AsSpan(0, held), isLast);
            if (isLast)
            {
                ArrayPool<byte>.Shared.Return(buffer);
                return list.Page;
            }

            buffer = KeepRest(buffer, used, ref held);
        }
    }

    // An object that fills it needs a larger one.
    private static byte[] KeepRest(byte[] buffer, int used, ref int held)
    {
        var next = used == 0 ? ArrayPool<byte>.Shared.Rent(buffer.Length * 2) : buffer;
        buffer.AsSpan(used, held - used).CopyTo(next);
        held -= used;
        if (next != buffer)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return next;
    }
}

using System.Buffers.Binary;

namespace Knative.Xds.Fuzz;

/// <summary>Chance that is written down beforehand, one number a decision, so that a failure can be told by it and made shorter. Behind its end every decision is the first choice.</summary>
internal sealed class Tape(uint[] decisions) : Random
{
    private int _next;

    /// <inheritdoc/>
    public override int Next() => (int)(Decide() & int.MaxValue);

    /// <inheritdoc/>
    public override int Next(int maxValue) => maxValue <= 0 ? 0 : (int)(Decide() % (uint)maxValue);

    /// <inheritdoc/>
    public override int Next(int minValue, int maxValue) => minValue + Next(maxValue - minValue);

    /// <inheritdoc/>
    public override double NextDouble() => Decide() / (uint.MaxValue + 1.0);

    /// <inheritdoc/>
    public override void NextBytes(byte[] buffer) => NextBytes(buffer.AsSpan());

    /// <inheritdoc/>
    public override void NextBytes(Span<byte> buffer)
    {
        Span<byte> four = stackalloc byte[sizeof(uint)];
        for (; buffer.Length > 0; buffer = buffer[Math.Min(four.Length, buffer.Length)..])
        {
            BinaryPrimitives.WriteUInt32LittleEndian(four, Decide());
            four[..Math.Min(four.Length, buffer.Length)].CopyTo(buffer);
        }
    }

    private uint Decide() => _next < decisions.Length ? decisions[_next++] : 0;
}

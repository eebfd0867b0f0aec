namespace Knative.Xds.Autoscaler.Collecting;

/// <summary>Addresses of a revision's ready pods, oldest first.</summary>
/// <param name="Addresses">All of them.</param>
/// <param name="OldCount">How many have run for a whole stable window; the others are young.</param>
internal readonly record struct PodAges(ReadOnlyMemory<string> Addresses, int OldCount)
{
    public int Count => Addresses.Length;

    public ReadOnlySpan<string> Old => Addresses.Span[..OldCount];

    public ReadOnlySpan<string> Young => Addresses.Span[OldCount..];
}

namespace Knative.Xds.Autoscaler.Collecting;

/// <summary>Addresses of a revision's ready pods, oldest first.</summary>
/// <param name="Old">Those that have run for a whole stable window.</param>
/// <param name="Young">The others.</param>
internal readonly record struct PodAges(IReadOnlyList<string> Old, IReadOnlyList<string> Young)
{
    public int Count => Old.Count + Young.Count;
}

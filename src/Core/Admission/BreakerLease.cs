namespace Knative.Xds.Core.Admission;

/// <summary>One admitted request. Disposing it gives the permit back.</summary>
/// <remarks>Errors: disposing two copies of one lease would give back a permit twice; dispose exactly once. The default value holds nothing.</remarks>
public readonly struct BreakerLease : IDisposable, IEquatable<BreakerLease>
{
    private readonly Breaker? _breaker;

    internal BreakerLease(Breaker breaker) => _breaker = breaker;

    /// <inheritdoc/>
    public void Dispose() => _breaker?.Release();

    /// <inheritdoc/>
    public bool Equals(BreakerLease other) => ReferenceEquals(_breaker, other._breaker);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is BreakerLease other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _breaker?.GetHashCode() ?? 0;

    /// <summary>Whether both leases are of the same breaker.</summary>
    public static bool operator ==(BreakerLease left, BreakerLease right) => left.Equals(right);

    /// <summary>Whether the leases are of different breakers.</summary>
    public static bool operator !=(BreakerLease left, BreakerLease right) => !left.Equals(right);
}

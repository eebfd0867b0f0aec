using System.Collections.Frozen;
using Knative.Xds.Core.Model;

namespace Knative.Xds.XdsServer.Pipeline;

/// <summary>Decides whose a scope (a host on a listener) is: of all ingresses that claim it, the oldest's; of equally old ones, the first by key. One that is leaving goes behind all that stay.</summary>
/// <remarks>The order depends on the objects alone, so that all replicas agree, and after restarts. Not thread-safe.</remarks>
internal sealed class HostClaims
{
    private readonly Dictionary<string, SortedSet<Claim>> _byScope = new(StringComparer.Ordinal);
    private readonly Dictionary<ObjectKey, (Claim Claim, IReadOnlyCollection<string> Scopes)> _byIngress = [];

    /// <summary>Whose a scope is; null when nobody claims it.</summary>
    public ObjectKey? OwnerOf(string scope) => _byScope.TryGetValue(scope, out var claims) ? claims.Min.Ingress : null;

    /// <summary>Replaces an ingress's claims.</summary>
    /// <param name="ingress">The ingress.</param>
    /// <param name="createdAt">Since when there is one.</param>
    /// <param name="scopes">What it claims.</param>
    /// <param name="yields">Whether it is leaving.</param>
    /// <returns>The other ingresses that won or lost a scope by it.</returns>
    public IReadOnlySet<ObjectKey> Set(ObjectKey ingress, DateTimeOffset createdAt, IReadOnlyCollection<string> scopes, bool yields = false)
    {
        var claim = new Claim(yields, createdAt, ingress);
        // The usual change is of routes alone, and is in a hurry.
        if (_byIngress.TryGetValue(ingress, out var old) && old.Claim == claim && old.Scopes.SequenceEqual(scopes, StringComparer.Ordinal))
        {
            return FrozenSet<ObjectKey>.Empty;
        }

        var touched = scopes.Concat(old.Scopes ?? []).ToHashSet(StringComparer.Ordinal);
        var before = touched.ToDictionary(scope => scope, OwnerOf, StringComparer.Ordinal);
        foreach (var scope in old.Scopes ?? [])
        {
            Withdraw(scope, old.Claim);
        }

        Enter(claim, scopes);
        return touched.Where(scope => before[scope] != OwnerOf(scope))
            .SelectMany(scope => new[] { before[scope], OwnerOf(scope) })
            .OfType<ObjectKey>().Where(key => key != ingress).ToHashSet();
    }

    /// <summary>Takes an ingress's claims away.</summary>
    /// <returns>The other ingresses that won a scope by it.</returns>
    public IReadOnlySet<ObjectKey> Withdraw(ObjectKey ingress) => Set(ingress, default, []);

    private void Enter(Claim claim, IReadOnlyCollection<string> scopes)
    {
        _byIngress.Remove(claim.Ingress);
        if (scopes.Count > 0)
        {
            _byIngress[claim.Ingress] = (claim, scopes);
        }

        foreach (var scope in scopes)
        {
            if (!_byScope.TryGetValue(scope, out var claims))
            {
                _byScope[scope] = claims = [];
            }

            claims.Add(claim);
        }
    }

    private void Withdraw(string scope, Claim claim)
    {
        if (_byScope.TryGetValue(scope, out var claims) && claims.Remove(claim) && claims.Count == 0)
        {
            _byScope.Remove(scope);
        }
    }

    private readonly record struct Claim(bool Yields, DateTimeOffset CreatedAt, ObjectKey Ingress) : IComparable<Claim>
    {
        public int CompareTo(Claim other) => Yields != other.Yields ? Yields.CompareTo(other.Yields) : CreatedAt != other.CreatedAt ? CreatedAt.CompareTo(other.CreatedAt) : Ingress.CompareTo(other.Ingress);
    }
}

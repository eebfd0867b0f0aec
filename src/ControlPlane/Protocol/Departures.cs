using Knative.Xds.ControlPlane.Resources;

namespace Knative.Xds.ControlPlane.Protocol;

/// <summary>The route configurations that the client's scopes are about to move away from.</summary>
internal sealed class Departures
{
    private readonly HashSet<string> _left = new(StringComparer.Ordinal);
    private readonly HashSet<string> _wanted = new(StringComparer.Ordinal);
    private bool _unknown;

    public static Departures Of(TypeState scopes, ResourceSnapshot snapshot)
    {
        var departures = new Departures();
        foreach (var name in scopes.Agenda.Dirty.Concat(scopes.Unanswered.Names))
        {
            if (scopes.Client.Find(name) is { AcceptedVersion: not null } held && snapshot[scopes.Type].Find(name) is { } next)
            {
                departures.Add(held, next);
            }
        }

        return departures;
    }

    /// <summary>Whether a route configuration may be among them. Where a scope of a former stream points is not known: any but those that scopes move to.</summary>
    public bool Concern(string routes) => _left.Contains(routes) || (_unknown && !_wanted.Contains(routes));

    /// <summary>Whether scopes both move away from a route configuration and to it, as when hosts change places.</summary>
    public bool IsExchange(string routes) => _left.Contains(routes) && _wanted.Contains(routes);

    private void Add(ClientResource held, EncodedResource next)
    {
        _wanted.UnionWith(next.References);
        if (held.Accepted is { } old)
        {
            _left.UnionWith(old.References.Except(next.References, StringComparer.Ordinal));
        }
        else
        {
            _unknown = true;
        }
    }
}

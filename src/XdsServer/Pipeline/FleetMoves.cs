using System.Collections.Immutable;
using Knative.Xds.Core.Model;
using Knative.Xds.XdsServer.Fleets;

namespace Knative.Xds.XdsServer.Pipeline;

/// <summary>Ingresses that go from fleet to fleet: the one that an ingress leaves serves it for a while yet, as its clients learn the address of the next one only when the status tells them.</summary>
/// <remarks>Knows of those that move alone. Not thread-safe: the owner loop's.</remarks>
internal sealed class FleetMoves
{
    private readonly Dictionary<ObjectKey, Move> _moves = [];
    private readonly List<(ObjectKey Ingress, long Number)> _begun = [];
    private long _lastNumber;

    /// <summary>Fleets that an ingress leaves, and that serve it yet.</summary>
    public ImmutableArray<Fleet> LeftBy(ObjectKey ingress) => _moves.TryGetValue(ingress, out var move) ? [.. move.Leaving.Select(leaving => leaving.Fleet)] : [];

    /// <summary>The fleets whose address its clients are to use: those that it comes from, until those that are to serve it have taken it.</summary>
    /// <param name="ingress">The ingress.</param>
    /// <param name="fleets">The fleets that are to serve it.</param>
    public ImmutableArray<Fleet> AddressedAt(ObjectKey ingress, ImmutableArray<Fleet> fleets) => _moves.TryGetValue(ingress, out var move) && !move.From.IsEmpty ? move.From : fleets;

    /// <summary>Moves that began since the last call, to be ended by <see cref="End"/> in time.</summary>
    public IReadOnlyCollection<(ObjectKey Ingress, long Number)> TakeBegun()
    {
        (ObjectKey, long)[] begun = [.. _begun];
        _begun.Clear();
        return begun;
    }

    /// <summary>Notes where an ingress goes. One that nobody serves any more, or that was made anew, leaves nothing behind.</summary>
    public void Follow(ObjectKey ingress, IngressEntry? before, IngressEntry? after)
    {
        if (before is null || after is null || before.CreatedAt != after.CreatedAt)
        {
            _moves.Remove(ingress);
        }
        else if (!before.Fleets.SequenceEqual(after.Fleets))
        {
            Set(ingress, Next(ingress, _moves.GetValueOrDefault(ingress, Move.None), before.Fleets, after.Fleets));
        }
    }

    /// <summary>The fleets that are to serve an ingress have taken it: they have the address from now on.</summary>
    public void Arrive(ObjectKey ingress)
    {
        if (_moves.TryGetValue(ingress, out var move))
        {
            Set(ingress, move with { From = [] });
        }
    }

    /// <summary>The time of the fleets that an ingress left with this move is over, whether those that are to serve it have taken it or not.</summary>
    /// <param name="ingress">The ingress.</param>
    /// <param name="number">The move: a fleet that it came back to, and has left again, has the whole time once more.</param>
    /// <param name="fleets">The fleets that are to serve it.</param>
    /// <returns>The fleets that it leaves for good.</returns>
    public ImmutableArray<Fleet> End(ObjectKey ingress, long number, ImmutableArray<Fleet> fleets)
    {
        if (!_moves.TryGetValue(ingress, out var move))
        {
            return [];
        }

        var rest = move.Leaving.RemoveAll(leaving => leaving.Number == number);
        // The address of a fleet that has it no more is of no use to anybody.
        Set(ingress, new(rest, move.From.RemoveAll(fleet => !fleets.Contains(fleet) && rest.All(leaving => leaving.Fleet != fleet))));
        return [.. move.Leaving.Except(rest).Select(leaving => leaving.Fleet)];
    }

    private Move Next(ObjectKey ingress, Move move, ImmutableArray<Fleet> before, ImmutableArray<Fleet> after)
    {
        ImmutableArray<Fleet> left = [.. before.Except(after)];
        if (!left.IsEmpty)
        {
            _begun.Add((ingress, ++_lastNumber));
        }

        return new([.. move.Leaving.Where(leaving => !after.Contains(leaving.Fleet)), .. left.Select(fleet => new Leaving(fleet, _lastNumber))], move.From.IsEmpty ? before : move.From);
    }

    private void Set(ObjectKey ingress, Move move)
    {
        if (move is { Leaving.IsEmpty: true, From.IsEmpty: true })
        {
            _moves.Remove(ingress);
        }
        else
        {
            _moves[ingress] = move;
        }
    }

    /// <param name="Fleet">A fleet that an ingress leaves.</param>
    /// <param name="Number">The move with which it left it last.</param>
    private readonly record struct Leaving(Fleet Fleet, long Number);

    /// <param name="Leaving">The fleets that an ingress leaves.</param>
    /// <param name="From">The fleets whose address its clients still use; all of them serve it. None when it has arrived.</param>
    private sealed record Move(ImmutableArray<Leaving> Leaving, ImmutableArray<Fleet> From)
    {
        public static Move None { get; } = new([], []);
    }
}

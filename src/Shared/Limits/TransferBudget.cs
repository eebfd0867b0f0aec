namespace Knative.Xds.Limits;

/// <summary>Bounds what is on its way to somebody who does not take it: beyond, the transfer that has stood still for the longest is given up.</summary>
/// <remarks>Whoever takes his bytes, however slowly, stands still for a short time again and again, and so is the last to go. Threading: every member may be called from anywhere.</remarks>
internal sealed class TransferBudget(long most, Action onGivenUp)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<Transfer> _standing = [];
    private long _held;

    /// <summary>Bytes of all that stand still now.</summary>
    public long Held => Volatile.Read(ref _held);

    /// <summary>A transfer waits for its receiver from now on, and holds so many bytes meanwhile. One that was given up takes nobody else's place with what was still on its way.</summary>
    public void Stand(Transfer transfer, long bytes)
    {
        List<Transfer>? oldest = null;
        lock (_gate)
        {
            if (transfer.IsGivenUp)
            {
                return;
            }

            transfer.Bytes = bytes;
            _held += bytes;
            _standing.AddLast(transfer.Place);
            // A large one may need the place of several small ones.
            while (_held > most && _standing.First is { } first)
            {
                (oldest ??= []).Add(first.Value);
                Take(first.Value);
            }
        }

        oldest?.ForEach(given =>
        {
            onGivenUp();
            given.GiveUp();
        });
    }

    /// <summary>It goes on, or is over; one that does not stand still is none the worse for it.</summary>
    public void GoOn(Transfer transfer)
    {
        // Nobody but its own user puts it there.
        if (transfer.Place.List is null)
        {
            return;
        }

        lock (_gate)
        {
            if (transfer.Place.List is not null)
            {
                Remove(transfer);
            }
        }
    }

    // A request that ends takes nobody's place with what its other direction still had on its way.
    private void Take(Transfer transfer)
    {
        Remove(transfer);
        transfer.IsGivenUp = true;
        if (transfer.Other is { } other)
        {
            other.IsGivenUp = true;
            if (other.Place.List is not null)
            {
                Remove(other);
            }
        }
    }

    private void Remove(Transfer transfer)
    {
        _standing.Remove(transfer.Place);
        _held -= transfer.Bytes;
    }
}

namespace Knative.Xds.Limits;

/// <summary>One direction of a request, see <see cref="TransferBudget"/>.</summary>
internal sealed class Transfer
{
    /// <value>Buffer with which YARP copies a body.</value>
    public const int LargeBuffer = 64 * 1024;
    private readonly Action _giveUp;

    public Transfer(Action giveUp)
    {
        _giveUp = giveUp;
        Place = new LinkedListNode<Transfer>(this);
    }

    /// <summary>Its place among those that stand still.</summary>
    public LinkedListNode<Transfer> Place { get; }

    /// <summary>What it holds while it stands still.</summary>
    public long Bytes { get; set; }

    /// <summary>Whether its place went to others, for good.</summary>
    public bool IsGivenUp { get; set; }

    /// <summary>Ends the request.</summary>
    public void GiveUp() => _giveUp();
}

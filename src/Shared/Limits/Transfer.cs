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

    /// <summary>The other direction of the same request, where it has one: whoever gives one of them up gives up both.</summary>
    public Transfer? Other { get; private set; }

    /// <summary>Its place among those that stand still.</summary>
    public LinkedListNode<Transfer> Place { get; }

    /// <summary>What it holds while it stands still.</summary>
    public long Bytes { get; set; }

    /// <summary>Whether its place went to others, for good.</summary>
    public bool IsGivenUp { get; set; }

    /// <summary>The other direction of the same request. Threading: before either stands still.</summary>
    public Transfer Beside(Action giveUp) => Other = new Transfer(giveUp) { Other = this };

    /// <summary>Ends the request.</summary>
    public void GiveUp() => _giveUp();
}

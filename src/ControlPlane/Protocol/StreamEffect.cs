using System.Collections.Immutable;
using Google.Protobuf;
using Knative.Xds.ControlPlane.Resources;

namespace Knative.Xds.ControlPlane.Protocol;

/// <summary>What a stream machine wants done.</summary>
public abstract record StreamEffect
{
    private StreamEffect()
    {
    }

    /// <summary>Write a response.</summary>
    /// <param name="Type">Kind of its resources.</param>
    /// <param name="Response">The response of the machine's variant.</param>
    public sealed record Send(ResourceType Type, IMessage Response) : StreamEffect;

    /// <summary>The client asks for a type for the first time on this stream.</summary>
    /// <param name="Type">The type.</param>
    public sealed record Subscribed(ResourceType Type) : StreamEffect;

    /// <summary>The client has taken a response, says on connecting what it took on a former stream, or has lost interest in what it held.</summary>
    /// <param name="Type">Kind of its resources.</param>
    /// <param name="Resources">What it holds now.</param>
    /// <param name="IsAnswer">It answers a response; else it says so on its own.</param>
    public sealed record Acked(ResourceType Type, ImmutableArray<AckedResource> Resources, bool IsAnswer) : StreamEffect;

    /// <summary>The client has refused a response.</summary>
    /// <param name="Type">Kind of its resources.</param>
    /// <param name="Resources">What was offered.</param>
    /// <param name="Message">The client's words.</param>
    /// <remarks>Several resources: which of them is at fault is not known yet; they are offered again in halves until one alone is refused.</remarks>
    public sealed record Nacked(ResourceType Type, ImmutableArray<AckedResource> Resources, string Message) : StreamEffect;

    /// <summary>The client has not answered a response in time; the next one goes out all the same.</summary>
    /// <param name="Type">Kind of its resources.</param>
    public sealed record Overdue(ResourceType Type) : StreamEffect;

    /// <summary>The client has answered nothing of a type for as long as changes wait for it, although it owes an answer: nothing should wait for it any more until it gives one.</summary>
    /// <param name="Type">Kind of the resources.</param>
    public sealed record Silent(ResourceType Type) : StreamEffect;

    /// <summary>Changes that waited for the client have waited long enough: they go out.</summary>
    /// <param name="Type">Kind of the resources.</param>
    /// <param name="Count">How many.</param>
    public sealed record Released(ResourceType Type, int Count) : StreamEffect;

    /// <summary>The client asks for a type that we do not have, for the first time on this stream.</summary>
    /// <param name="TypeUrl">The type.</param>
    public sealed record UnknownType(string TypeUrl) : StreamEffect;

    /// <summary>The client asks for more names than are answered.</summary>
    /// <param name="Type">Kind of the resources.</param>
    /// <param name="Count">How many more than with its last request.</param>
    public sealed record Unanswered(ResourceType Type, int Count) : StreamEffect;

    /// <summary>End the stream.</summary>
    /// <param name="Reason">What the client did.</param>
    /// <param name="Message">Words for the client.</param>
    public sealed record End(StreamEndReason Reason, string Message) : StreamEffect;
}

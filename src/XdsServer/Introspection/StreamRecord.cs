using System.Collections.Concurrent;
using System.Collections.Immutable;
using Envoy.Config.Core.V3;
using Knative.Xds.ControlPlane.Protocol;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.Core.Texts;
using Knative.Xds.XdsServer.Security;

namespace Knative.Xds.XdsServer.Introspection;

/// <summary>One open stream for whoever looks: who it is, what has passed, and a way to ask what its client has.</summary>
/// <remarks>Threading: safe; the stream's own loop writes.</remarks>
internal sealed class StreamRecord
{
    // A refusal repeats whole resources; the first words say what is wrong.
    private const int MaxMessage = 1024;
    private const int MaxRefusals = 100;
    private readonly ConcurrentDictionary<ResourceType, TypeActivity> _activity = new();
    private readonly ConcurrentDictionary<ResourceId, string> _refusals = new();
    private readonly TimeProvider _time;

    /// <summary>Describes a new stream.</summary>
    /// <param name="variant"><c>delta</c> or <c>sotw</c>.</param>
    /// <param name="node">What the client says about itself; as long as the stream, it is kept.</param>
    /// <param name="fleet">The fleet that it is served as.</param>
    /// <param name="peer">The other end of its connection.</param>
    /// <param name="time">Clock.</param>
    public StreamRecord(string variant, Node node, string fleet, StreamPeer peer, TimeProvider time)
    {
        (Variant, Node, Fleet, Peer, _time) = (variant, node, fleet, peer, time);
        Opened = time.GetUtcNow();
    }

    /// <summary>Number of the stream in logs.</summary>
    public long Number { get; set; }
    public string Variant { get; }
    public Node Node { get; }
    public string Fleet { get; }
    public StreamPeer Peer { get; }
    public DateTimeOffset Opened { get; }

    /// <summary>Asks the stream's loop what its client has; set once, when the loop is there to answer.</summary>
    public Func<bool, CancellationToken, Task<ImmutableArray<HeldType>>> AskAsync { get; set; } = (_, _) => Task.FromResult(ImmutableArray<HeldType>.Empty);

    /// <summary>What has passed of a type.</summary>
    public TypeActivity this[ResourceType type] => _activity.GetValueOrDefault(type, TypeActivity.None);

    /// <summary>Why the client refused a resource; empty when it did not, or when that is too long ago.</summary>
    public string RefusalOf(ResourceId resource) => _refusals.GetValueOrDefault(resource, "");

    public void Sent(ResourceType type) => Update(type, activity => activity with { Sent = activity.Sent + 1, LastSent = _time.GetUtcNow() });

    public void Acked(ResourceType type, ImmutableArray<AckedResource> resources)
    {
        Update(type, activity => activity with { Acked = activity.Acked + 1, LastAck = _time.GetUtcNow() });
        if (!_refusals.IsEmpty)
        {
            foreach (var resource in resources)
            {
                _refusals.TryRemove(new(type, resource.Name), out _);
            }
        }
    }

    public void Refused(ResourceType type, ImmutableArray<AckedResource> resources, string message)
    {
        var words = Excerpt.Start(message, MaxMessage);
        Update(type, activity => activity with { Refused = activity.Refused + 1, LastRefusal = _time.GetUtcNow(), LastRefusalMessage = words });
        // Of several, the one at fault is refused again alone.
        if (resources is [var alone] && (_refusals.Count < MaxRefusals || _refusals.ContainsKey(new(type, alone.Name))))
        {
            _refusals[new(type, alone.Name)] = words;
        }
    }

    private void Update(ResourceType type, Func<TypeActivity, TypeActivity> change) => _activity[type] = change(this[type]);
}

using System.Collections.Immutable;
using Knative.Xds.Core.Model;
using Knative.Xds.XdsServer.Fleets;
using Knative.Xds.XdsServer.Replication;
using Knative.Xds.XdsServer.Reporting;

namespace Knative.Xds.XdsServer.Pipeline;

/// <summary>Judges ingresses: for the status, where this replica writes it, and for the replica that does.</summary>
/// <remarks>Not thread-safe: the owner loop's.</remarks>
internal sealed class Verdicts(IngressPipeline pipeline, FleetDirectory fleets, StatusWriter statuses, ReplicaLeases replicas)
{
    // What the gateways connected here have not taken, or have taken in a state that is to change yet; with the words of one that refuses it.
    private readonly Dictionary<ObjectKey, string> _open = [];
    private readonly HashSet<ObjectKey> _undecided = [];
    private ReplicaState _state = ReplicaState.Empty;
    private bool _isChanged = true;
    private bool _isOpenChanged;
    private long _seen;

    /// <summary>Ingresses whose verdict may change by what other replicas say.</summary>
    public IEnumerable<ObjectKey> Undecided => _undecided.Concat(replicas.Others.SelectMany(other => other.Open.Keys).Select(KeyOf).OfType<ObjectKey>().Where(pipeline.Entries.ContainsKey));

    /// <summary>Ingresses up to a resourceVersion have been read.</summary>
    public void Saw(long version)
    {
        _isChanged |= version > _seen;
        _seen = Math.Max(_seen, version);
    }

    /// <summary>Gateways have come or gone.</summary>
    public void CountAgain() => _isChanged = true;

    /// <summary>Judges one ingress.</summary>
    public void Judge(ObjectKey key)
    {
        if (!pipeline.Entries.TryGetValue(key, out var entry))
        {
            statuses.Forget(key);
            _undecided.Remove(key);
            Note(key, null);
            return;
        }

        var here = FleetVerdict.Here(key, entry.Fleets);
        // What the gateways have while something is waited for is what was before: not what others ask about.
        Note(key, here.State == GatewayState.Taken && !entry.IsPending && entry.Awaited.IsEmpty ? null : here.Message);
        if (replicas.IsWriter)
        {
            Offer(key, entry, FleetVerdict.Everywhere(key, entry.Fleets, entry.Version, here, replicas.Others));
        }
        else if (here.State == GatewayState.Taken && !entry.IsPending && entry.Awaited.IsEmpty)
        {
            // Whoever writes names the new address by now, or is about to: should this replica be the next one, it must not name the old one again.
            pipeline.Moves.Arrive(key);
        }
    }

    /// <summary>Tells the other replicas what has changed.</summary>
    public void Publish()
    {
        if (_isChanged)
        {
            var gateways = fleets.All.Select(fleet => (fleet.Name, fleet.Ledger.Count));
            _state = _isOpenChanged ? ReplicaState.Of(gateways, _seen, _open) : _state.At(gateways, _seen);
            replicas.Publish(_state);
            (_isChanged, _isOpenChanged) = (false, false);
        }

        if (pipeline.Kept.TakeChanged())
        {
            replicas.PublishLastGood(LastGoodStates.Write(pipeline.Kept.All));
        }
    }

    private void Offer(ObjectKey key, IngressEntry entry, (GatewayState State, string Message) said)
    {
        var isAwaiting = entry.IsPending || (said.State == GatewayState.Taken && !entry.Awaited.IsEmpty);
        if (said.State == GatewayState.Taken)
        {
            _undecided.Remove(key);
        }
        else
        {
            _undecided.Add(key);
        }

        var gateways = isAwaiting ? GatewayState.Waiting : said.State;
        if (gateways == GatewayState.Taken)
        {
            pipeline.Moves.Arrive(key);
        }

        var addressed = pipeline.Moves.AddressedAt(key, entry.Fleets);
        statuses.Offer(key, new IngressVerdict
        {
            Generation = entry.Generation,
            Problems = entry.Problems,
            Conflicts = entry.Conflicts,
            CertificateProblems = entry.CertificateProblems,
            Gateways = gateways,
            Message = said.Message,
            Awaited = entry.Awaited,
            PublicAddress = FirstOf(addressed, fleet => fleet.PublicAddress),
            PrivateAddress = FirstOf(addressed, fleet => fleet.PrivateAddress),
        });
    }

    /// <remarks>Serving points its placeholder Service at one entry, and takes several for an error: the fleet that is configured first is the one.</remarks>
    private static string FirstOf(ImmutableArray<Fleet> fleets, Func<FleetOptions, string> address) =>
        fleets.Select(fleet => address(fleet.Options)).FirstOrDefault(found => found.Length > 0, "");

    private void Note(ObjectKey key, string? open)
    {
        if (open is null)
        {
            _isOpenChanged |= _open.Remove(key);
        }
        else
        {
            _isOpenChanged |= !_open.TryGetValue(key, out var before) || before != open;
            _open[key] = open;
        }

        _isChanged |= _isOpenChanged;
    }

    private static ObjectKey? KeyOf(string text) => text.Split('/') is [var space, var name] ? new ObjectKey(space, name) : null;
}

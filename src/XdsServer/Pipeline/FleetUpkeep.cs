using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.XdsServer.Fleets;
using Knative.Xds.XdsServer.Streams;

namespace Knative.Xds.XdsServer.Pipeline;

/// <summary>Lets a fleet's resources follow what its gateways answer: what one refuses gives way to the version before, what none uses any more goes.</summary>
/// <remarks>Not thread-safe: the owner loop's.</remarks>
/// <param name="limit">How long a resource that nobody wants stays for the gateways' sake.</param>
/// <param name="later">Tells the owner loop something after a while.</param>
/// <param name="logger">For what is out of the ordinary.</param>
internal sealed class FleetUpkeep(TimeSpan limit, Action<OwnerEvent, TimeSpan> later, ILogger logger)
{
    // With the number of the hold that began when they left last.
    private readonly Dictionary<Fleet, Dictionary<ResourceId, long>> _leaving = [];
    private readonly HashSet<Fleet> _news = [];
    private long _lastHold;

    /// <summary>Publishes a fleet's resources if they have changed.</summary>
    public void Publish(Fleet fleet, bool isChanged)
    {
        if (isChanged)
        {
            fleet.Store.Publish();
            _news.Add(fleet);
        }
    }

    /// <summary>The fleets with new resources since the last call.</summary>
    public IReadOnlyCollection<Fleet> TakeNews()
    {
        Fleet[] news = [.. _news];
        _news.Clear();
        return news;
    }

    /// <summary>A gateway refuses something: when it is what is served now, all gateways go back to what they had, and the rest flows on.</summary>
    public void GoBack(Fleet fleet, StreamEvent.Nacked refused)
    {
        // Of several, the one at fault is offered again alone.
        if (refused.Resources is not [{ Version.Length: > 0 } alone])
        {
            return;
        }

        var id = new ResourceId(refused.Type, alone.Name);
        if (fleet.Store.Find(id)?.Version == alone.Version && fleet.Former.Refuse(id, alone.Version, refused.Message) is { } former)
        {
            XdsLog.GoesBack(logger, fleet.Name, id, refused.Message);
            Publish(fleet, fleet.Owners.Replace(former));
        }
    }

    /// <summary>Takes out what has stayed for the gateways' sake long enough; what is served needs the rest for longer.</summary>
    /// <param name="fleet">The fleet.</param>
    /// <param name="resources">What has stayed.</param>
    /// <param name="hold">Since when it has: what came back and left again has the whole time once more.</param>
    public void EndHold(Fleet fleet, IReadOnlyCollection<ResourceId> resources, long hold)
    {
        var held = _leaving.GetValueOrDefault(fleet, []);
        List<ResourceId> overdue = [.. resources.Where(id => held.GetValueOrDefault(id) == hold)];
        Publish(fleet, fleet.Owners.Dismiss(overdue));
        List<ResourceId> rest = [.. overdue.Intersect(fleet.Owners.Leaving)];
        if (rest.Count > 0)
        {
            later(new OwnerEvent.Overdue(fleet, rest, hold), limit);
        }
    }

    /// <summary>Takes out what no gateway uses any more, and sees to it that what stays does not stay for ever.</summary>
    public void Dismiss(Fleet fleet)
    {
        if (fleet.Owners.Leaving.Count == 0)
        {
            _leaving.Remove(fleet);
            return;
        }

        Publish(fleet, fleet.Owners.Dismiss());
        var known = _leaving.GetValueOrDefault(fleet, []);
        var added = fleet.Owners.Leaving.Where(id => !known.ContainsKey(id)).ToList();
        _lastHold += added.Count > 0 ? 1 : 0;
        _leaving[fleet] = fleet.Owners.Leaving.ToDictionary(id => id, id => known.GetValueOrDefault(id, _lastHold));
        if (added.Count > 0)
        {
            later(new OwnerEvent.Overdue(fleet, added, _lastHold), limit);
        }
    }
}

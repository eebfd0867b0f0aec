using System.Collections.Immutable;
using System.Text.Json;
using Knative.Xds.Activation.Revisions;
using Knative.Xds.Activation.Throttling;
using Knative.Xds.Core.Admission;
using Knative.Xds.Core.Model;
using Knative.Xds.Testing;

namespace Knative.Xds.Activator.Tests.Throttling;

[Trait(Vectors.Trait, Vectors.Category)]
public sealed class RevisionThrottleVectorTests
{
    [Fact]
    public void Updates_RecordedSequences_GiveTheSameState()
    {
        foreach (var sequence in VectorCases.OrSkip("activator-throttling.json", "revisionThrottler"))
        {
            Assert.Equal((sequence.Text("id"), Policy(sequence.Text("policy")!)), (sequence.Text("id"), PodPicker.PolicyFor((int)sequence.Long("containerConcurrency"))));
            var options = new ThrottleOptions((int)sequence.Long("containerConcurrency"), sequence.Text("selfIp")!, 10);
            var throttle = new RevisionThrottle(options, new WaitingBudget(10));
            foreach (var op in sequence.GetProperty("ops").EnumerateArray())
            {
                Play(throttle, op, sequence.Text("protocolPortName")!);
                Compare(throttle.View(), op, $"{sequence.Text("id")}: {op}");
            }
        }
    }

    private static void Play(RevisionThrottle throttle, JsonElement op, string portName)
    {
        if (op.Text("op") == "dests")
        {
            throttle.UpdateBackends(Texts(op, "dests"), op.Text("clusterIpDest"));
        }
        else
        {
            var ports = ImmutableSortedDictionary<string, int>.Empty.Add(op.Text("portName")!, 8012);
            throttle.UpdateActivators(EndpointDests.ReadyAddresses([.. Texts(op, "readyIps").Select(address => new ServiceEndpoint { Address = address, Ports = ports })], portName));
        }
    }

    private static void Compare(ThrottleView view, JsonElement op, string message)
    {
        Assert.True(op.Long("activatorIndex") == view.ActivatorIndex, message);
        Assert.True(op.Long("activatorCount") == view.ActivatorCount, message);
        Assert.True(op.Long("backendCount") == view.Backends, message);
        Assert.True(op.Long("capacity") == view.Capacity, $"{view.Capacity} {message}");
        Assert.True(op.Text("clusterIp") == view.ClusterIp, message);
        Assert.True(Texts(op, "assigned").SequenceEqual(view.Assigned.Select(pod => pod.Address)), message);
        // Upstream shows 1 as the capacity of a pod without a limit.
        Assert.True(op.GetProperty("assignedCapacities").EnumerateArray().Select(capacity => capacity.GetInt32()).SequenceEqual(view.Assigned.Select(pod => Math.Max(1, pod.Capacity))), message);
    }

    private static PickPolicy Policy(string name) => name switch
    {
        "firstAvailable" => PickPolicy.FirstAvailable,
        "roundRobin" => PickPolicy.RoundRobin,
        "randomChoice2" => PickPolicy.RandomOfTwo,
        _ => throw new InvalidDataException($"there is no policy {name}"),
    };

    private static ImmutableArray<string> Texts(JsonElement row, string member) => [.. row.GetProperty(member).EnumerateArray().Select(text => text.GetString()!)];
}

using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.XdsServer.Replication;

namespace Knative.Xds.XdsServer.Tests.Replication;

public sealed class ReplicaDirectoryTests
{
    private readonly ReplicaDirectory _directory = new("self");

    [Fact]
    public void Lease_IsAliveForItsDurationAfterTheLastChange()
    {
        _directory.Note("other", Lease("1", 1), At(0));
        Assert.Single(_directory.Alive(At(8)));
        _directory.Note("other", Lease("2", 1), At(8));
        Assert.Single(_directory.Alive(At(16)));
        Assert.Empty(_directory.Alive(At(17)));
    }

    [Fact]
    public void OwnLease_IsNoOthers()
    {
        _directory.Note("self", Lease("1", 1), At(0));

        Assert.Empty(_directory.Alive(At(1)));
    }

    [Fact]
    public void LeaseIsGivenBack_IsGoneAtOnce()
    {
        _directory.Note("other", Lease("1", 1), At(0));
        _directory.Note("other", null, At(1));

        Assert.Empty(_directory.Alive(At(1)));
    }

    [Fact]
    public void Renewal_WithTheSameState_IsNoNews()
    {
        _directory.Note("other", Lease("1", 1), At(0));
        var before = _directory.Alive(At(1));
        _directory.Note("other", Lease("2", 1), At(1));
        Assert.Same(before[0], _directory.Alive(At(1))[0]);

        _directory.Note("other", Lease("3", 2), At(2));
        Assert.NotSame(before[0], _directory.Alive(At(2))[0]);
    }

    [Fact]
    public void Abandoned_LongAfterTheEndAlone()
    {
        _directory.Note("other", Lease("1", 1), At(0));

        Assert.Empty(_directory.Abandoned(At(32)));
        Assert.Equal(["other"], _directory.Abandoned(At(33)));
    }

    private static TimeSpan At(int seconds) => TimeSpan.FromSeconds(seconds);

    private static V1Lease Lease(string version, long seen) => new()
    {
        Metadata = new V1ObjectMeta
        {
            ResourceVersion = version,
            Annotations = new Dictionary<string, string> { [ReplicaLeases.StateAnnotation] = ReplicaState.Of([("default", 1)], seen, new Dictionary<ObjectKey, string>()).Write() },
        },
        Spec = new V1LeaseSpec { LeaseDurationSeconds = 8 },
    };
}

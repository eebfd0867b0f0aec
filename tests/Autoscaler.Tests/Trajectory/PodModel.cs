namespace Knative.Xds.Autoscaler.Tests.Trajectory;

/// <summary>Pods that become ready some seconds after they were asked for.</summary>
internal sealed class PodModel(int secondsToStart)
{
    private readonly List<int> _startedAt = [];

    /// <summary>Asks for a number of pods; more only: a load step has no way down.</summary>
    public void Scale(int second, int pods)
    {
        while (_startedAt.Count < pods)
        {
            _startedAt.Add(second);
        }
    }

    public int ReadyAt(int second) => _startedAt.Count(started => started + secondsToStart <= second);
}

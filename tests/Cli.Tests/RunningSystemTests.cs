using Knative.Xds.Cli.Up;

namespace Knative.Xds.Cli.Tests;

public sealed class RunningSystemTests : IDisposable
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"kxds-running-{Guid.NewGuid():N}");
    private readonly RunningSystem _ours = new(Environment.ProcessId, new Uri("http://127.77.0.4:9090"), new Uri("http://127.77.0.2:9090"), "/tmp/kubeconfig");

    [Fact]
    public void Find_NothingEverRan_IsNull() => Assert.Null(RunningSystem.Find(_folder));

    [Fact]
    public void Find_RunningSystem_IsIt()
    {
        using (_ours.Publish(_folder))
        {
            Assert.Equal(_ours, RunningSystem.Find(_folder));
        }

        Assert.Null(RunningSystem.Find(_folder));
    }

    [Fact]
    public void Find_FilesOfDeadProcessesAndOfOthers_AreIgnored()
    {
        using var dead = (_ours with { ProcessId = int.MaxValue }).Publish(_folder);
        File.WriteAllText(Path.Combine(_folder, "odd.json"), "{");

        Assert.Null(RunningSystem.Find(_folder));
        using var ours = _ours.Publish(_folder);
        Assert.Equal(_ours, RunningSystem.Find(_folder));
    }

    public void Dispose()
    {
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }
}

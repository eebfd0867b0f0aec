using Knative.Xds.Cli.Up;
using Microsoft.Extensions.Time.Testing;

namespace Knative.Xds.Cli.Tests;

public sealed class RunFoldersTests : IDisposable
{
    private readonly DirectoryInfo _parent = Directory.CreateTempSubdirectory("kxds-folders-");
    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());

    [Fact]
    public void Create_AWeekAfterTheLastWrite_RemovesThatRunsFolderAlone()
    {
        var old = RunFolders.Create(_parent.FullName, _time);
        var live = RunFolders.Create(_parent.FullName, _time);
        var foreign = _parent.CreateSubdirectory("kxds-other").FullName;
        _time.Advance(TimeSpan.FromDays(7) + TimeSpan.FromHours(1));
        var log = Path.Combine(live, "kxds.log");
        File.WriteAllText(log, "still written to");
        File.SetLastWriteTimeUtc(log, _time.GetUtcNow().UtcDateTime);

        var made = RunFolders.Create(_parent.FullName, _time);

        Assert.Equal(new[] { made, live, foreign }.Order(StringComparer.Ordinal), _parent.GetDirectories().Select(folder => folder.FullName).Order(StringComparer.Ordinal));
        Assert.False(Directory.Exists(old));
    }

    public void Dispose() => _parent.Delete(recursive: true);
}

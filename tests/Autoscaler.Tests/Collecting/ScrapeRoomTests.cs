using Knative.Xds.Autoscaler.Collecting;
using Knative.Xds.Autoscaler.Collecting.Direct;

namespace Knative.Xds.Autoscaler.Tests.Collecting;

public class ScrapeRoomTests
{
    [Fact]
    public async Task EnterAsync_AllFailing_LeavesRoomToTheOthers()
    {
        using var room = new ScrapeRoom(8);
        var token = TestContext.Current.CancellationToken;
        Assert.True(await room.EnterAsync(failing: true, token));
        Assert.True(await room.EnterAsync(failing: true, token));
        Assert.False(await room.EnterAsync(failing: true, token));

        for (var place = 0; place < 8; place++)
        {
            Assert.True(await room.EnterAsync(failing: false, token).AsTask().WaitAsync(TimeSpan.FromSeconds(30), token));
        }

        room.Leave(failing: true);
        Assert.True(await room.EnterAsync(failing: true, token));
    }

    [Fact]
    public async Task EnterAsync_NoRoom_WaitsForOne()
    {
        using var room = new ScrapeRoom(1);
        var token = TestContext.Current.CancellationToken;
        await room.EnterAsync(failing: false, token);
        var next = room.EnterAsync(failing: false, token).AsTask();
        Assert.False(next.IsCompleted);

        room.Leave(failing: false);

        Assert.True(await next.WaitAsync(TimeSpan.FromSeconds(30), token));
    }

    [Theory]
    [InlineData("Limit                     Soft Limit           Hard Limit           Units\nMax open files            20000                20000                files\n", 20000)]
    [InlineData("Max open files            unlimited            unlimited            files\n", 65536)]
    [InlineData("", 65536)]
    public void Read_Limits_FindsThatOfFiles(string text, int expected)
    {
        var path = Path.GetTempFileName();
        File.WriteAllText(path, text);

        Assert.Equal(expected, FileLimit.Read(path));
        File.Delete(path);
        Assert.Equal(65536, FileLimit.Read(path));
    }
}

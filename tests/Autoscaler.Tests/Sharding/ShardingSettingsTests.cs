using Knative.Xds.Autoscaler.Sharding;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Leases;

namespace Knative.Xds.Autoscaler.Tests.Sharding;

public class ShardingSettingsTests
{
    private static readonly ObjectKey Map = new("knative-serving", "config-leader-election");
    private static readonly ShardingSettings Defaults = new(1, new LeaseTimings(TimeSpan.FromSeconds(8), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(1)));

    [Fact]
    public void Read_Nothing_KeepsTheDefaults() => Assert.Equal((Defaults, null), Read());

    [Fact]
    public void Read_AllKeys_TakesThem()
    {
        var (settings, problem) = Read(("buckets", "4"), ("lease-duration", "1m"), ("renew-deadline", "40s"), ("retry-period", "10s"), ("_example", "x"));

        Assert.Null(problem);
        Assert.Equal(new ShardingSettings(4, new LeaseTimings(TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(40), TimeSpan.FromSeconds(10))), settings);
    }

    [Theory]
    [InlineData("buckets", "0", "\"0\" is not a number of 1 to 10")]
    [InlineData("buckets", "11", "\"11\" is not a number of 1 to 10")]
    [InlineData("buckets", "two", "\"two\" is not a number of 1 to 10")]
    [InlineData("lease-duration", "15", "\"15\" is not a positive duration")]
    [InlineData("retry-period", "-1s", "\"-1s\" is not a positive duration")]
    [InlineData("lease-duration", "5s", "must be shorter than lease-duration 5 s, was 5 s", "renew-deadline")]
    [InlineData("retry-period", "6s", "must be shorter than renew-deadline 5 s, was 6 s")]
    public void Read_BadValue_NamesItAndKeepsTheDefaults(string key, string value, string message, string? named = null)
    {
        var (settings, problem) = Read((key, value), ("buckets", key == "buckets" ? value : "3"));

        Assert.Equal((Map, $"data[{named ?? key}]", message), (problem!.Object, problem.Field, problem.Message));
        Assert.Equal(Defaults, settings);
    }

    private static (ShardingSettings Settings, Problem? Problem) Read(params (string Key, string Value)[] data)
    {
        var map = new Dictionary<string, string>();
        foreach (var (key, value) in data)
        {
            map[key] = value;
        }

        return ShardingSettings.Read(Map, map, Defaults);
    }
}

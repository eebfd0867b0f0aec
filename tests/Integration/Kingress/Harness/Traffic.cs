using Knative.Xds.Kube.Api;

namespace Knative.Xds.Integration.Kingress.Harness;

/// <summary>Splits and paths that several rows share. All Services lead to one backend: a header tells which split was taken.</summary>
internal static class Traffic
{
    public const string Header = "Which-Split";

    /// <summary>The ten-way split of upstream's suite.</summary>
    public static IReadOnlyDictionary<string, int> Shares { get; } = new Dictionary<string, int>
    {
        ["w1"] = 1,
        ["w2"] = 2,
        ["w4"] = 4,
        ["w8"] = 8,
        ["w16"] = 16,
        ["w32"] = 32,
        ["w37"] = 37,
        ["none1"] = 0,
        ["none2"] = 0,
        ["none3"] = 0,
    };

    public static KIngressPath TenWays => Spec.All([.. Shares.Select(share => Spec.To(share.Key, share.Value).Setting(Header, share.Key))]);

    public static KIngressPath[] FourPaths =>
    [
        Spec.Path("/foo", Spec.To("foo").Setting(Header, "foo")),
        Spec.Path("/bar", Spec.To("bar").Setting(Header, "bar")),
        Spec.Path("/baz", Spec.To("baz").Setting(Header, "baz")),
        Spec.All(Spec.To("default").Setting(Header, "default")),
    ];

    public static string Which(Seen seen) => seen[Header]!;

    public static async Task ServicesAsync(TestNamespace ns, params string[] names)
    {
        var backend = await ns.StartAsync("runtime");
        foreach (var name in names)
        {
            await ns.ServiceAsync(name, TestNamespace.Port("http", 80));
            await ns.SliceAsync(name, backend, ("http", backend.Http1Port));
        }
    }

    public static async Task AssertPathsAsync(Func<string, Task<Answer>> get)
    {
        foreach (var (target, which) in new[] { ("/foo", "foo"), ("/bar", "bar"), ("/baz", "baz"), ("/", "default"), ("/asdf", "default") })
        {
            Assert.Equal((target, which), (target, Which((await get(target)).Seen)));
        }
    }

    /// <summary>Each within ten points of its share, and nothing at all where that is zero.</summary>
    public static void AssertShares(Dictionary<string, int> counts)
    {
        var requests = counts.Values.Sum();
        foreach (var (name, percent) in Shares)
        {
            var actual = 100.0 * counts.GetValueOrDefault(name) / requests;
            Assert.InRange(actual, percent == 0 ? 0 : percent - 10, percent == 0 ? 0 : percent + 10);
        }
    }
}

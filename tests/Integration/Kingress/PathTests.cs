using Knative.Xds.Integration.Kingress.Harness;
using Knative.Xds.Kube.Api;

namespace Knative.Xds.Integration.Kingress;

/// <summary>Paths and header matches that upstream's suite leaves out.</summary>
public sealed class PathTests(SharedKingressWorld shared)
{
    [Fact]
    public async Task OverlappingPrefixes_InAnyOrder_TheLongestWins()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        await ns.ReadyAsync("overlap", Spec.External(ns.Host("overlap"), [.. new[] { "/a", null, "/a/b/c", "/a/b" }.Select(prefix => To("runtime", prefix))]));

        await AssertAsync(ns, "overlap", ("/", "(all)"), ("/a", "/a"), ("/a/x", "/a"), ("/a/b", "/a/b"), ("/a/b/", "/a/b"), ("/a/b/c", "/a/b/c"), ("/a/b/c/d?x=/z", "/a/b/c"), ("/b", "(all)"));
    }

    [Fact]
    public async Task Prefix_AsTheApiSaysIt_IsOfTextNotOfSegments()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        await ns.ReadyAsync("segments", Spec.External(ns.Host("segments"), To("runtime", "/foo"), To("runtime", null)));

        await AssertAsync(ns, "segments", ("/foo", "/foo"), ("/foo/bar", "/foo"), ("/foobar", "/foo"), ("/fo", "(all)"), ("/FOO", "(all)"));
    }

    [Fact]
    public async Task PrefixOfAnother_WithItsOwnPath_KeepsItsTraffic()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        await ns.ReadyAsync("two", Spec.External(ns.Host("two"), To("runtime", "/foo"), To("runtime", "/foobar"), To("runtime", null)));

        await AssertAsync(ns, "two", ("/foo", "/foo"), ("/foobar", "/foobar"), ("/foobar/x", "/foobar"), ("/foo/bar", "/foo"));
    }

    [Fact]
    public async Task SamePrefixTwice_TheFirstWins()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        await ns.ReadyAsync("twice", Spec.External(ns.Host("twice"), Spec.Path("/a", Spec.To("runtime")).Setting("Which", "first"), Spec.Path("/a", Spec.To("runtime")).Setting("Which", "second")));

        await AssertAsync(ns, "twice", ("/a", "first"));
    }

    [Fact]
    public async Task NoPathMatches_404()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        await ns.ReadyAsync("only", Spec.External(ns.Host("only"), To("runtime", "/only")));

        Assert.Equal(404, (await ns.External.GetAsync(ns.Host("only"), "/other")).Code);
        Assert.Equal(200, (await ns.External.GetAsync(ns.Host("only"), "/only")).Code);
    }

    [Theory]
    [InlineData("/a/../b", "/b")]
    [InlineData("/a/./x", "/a")]
    [InlineData("/%61/x", "/a")]
    public async Task PathIsNormalisedBeforeItIsMatched(string target, string which)
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        await ns.ReadyAsync("normal", Spec.External(ns.Host("normal"), To("runtime", "/a"), To("runtime", "/b")));
        using var connection = await RawHttp.ConnectAsync(ns.External.EndPoint, TestContext.Current.CancellationToken);

        await connection.SendAsync($"GET {target} HTTP/1.1", $"Host: {ns.Host("normal")}", "");

        Assert.Contains($"\"which\":[\"{which}\"]", await connection.ReadToAsync("}", TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task QueryAndEscapes_ReachTheBackendAsSent()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        await ns.ReadyAsync("query", Spec.External(ns.Host("query"), To("runtime", null)));

        Assert.Equal("/x%20y?a=1&b=%2F&c", (await ns.External.GetAsync(ns.Host("query"), "/x%20y?a=1&b=%2F&c")).Seen.Target);
    }

    [Fact]
    public async Task TwoHeaders_BothMustMatch_NamesInAnyLetterCase()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        await ns.ReadyAsync("headers", Spec.External(
            ns.Host("headers"),
            Spec.All(Spec.To("runtime")).When("X-A", "1").When("X-B", "two").Setting("Which", "both"),
            To("runtime", null)));

        Assert.Equal("both", (await ns.External.GetAsync(ns.Host("headers"), "/", ("x-a", "1"), ("X-b", "two"))).Seen["Which"]);
        Assert.Equal("(all)", (await ns.External.GetAsync(ns.Host("headers"), "/", ("X-A", "1"))).Seen["Which"]);
        Assert.Equal("(all)", (await ns.External.GetAsync(ns.Host("headers"), "/", ("X-A", "1"), ("X-B", "Two"))).Seen["Which"]);
    }

    [Fact]
    public async Task LongerPrefix_BeatsAHeaderMatchOnAShorterOne()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        await ns.ReadyAsync("mixed", Spec.External(
            ns.Host("mixed"),
            Spec.All(Spec.To("runtime")).When("Knative-Serving-Tag", "t").Setting("Which", "tagged"),
            To("runtime", "/.well-known/acme-challenge/x")));

        Assert.Equal("/.well-known/acme-challenge/x", (await ns.External.GetAsync(ns.Host("mixed"), "/.well-known/acme-challenge/x", ("Knative-Serving-Tag", "t"))).Seen["Which"]);
        Assert.Equal("tagged", (await ns.External.GetAsync(ns.Host("mixed"), "/", ("Knative-Serving-Tag", "t"))).Seen["Which"]);
    }

    [Fact]
    public async Task HeaderMatchWithAnEmptyValue_AsksForItsPresence()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        await ns.ReadyAsync("present", Spec.External(ns.Host("present"), Spec.All(Spec.To("runtime")).When("X-A", "").Setting("Which", "present"), To("runtime", null)));

        Assert.Equal("present", (await ns.External.GetAsync(ns.Host("present"), "/", ("X-A", "anything"))).Seen["Which"]);
        Assert.Equal("(all)", (await ns.External.GetAsync(ns.Host("present"))).Seen["Which"]);
    }

    private static KIngressPath To(string service, string? prefix) => Spec.Path(prefix, Spec.To(service)).Setting("Which", prefix ?? "(all)");

    private static async Task AssertAsync(TestNamespace ns, string label, params (string Target, string Which)[] expected)
    {
        foreach (var (target, which) in expected)
        {
            Assert.Equal((target, which), (target, (await ns.External.GetAsync(ns.Host(label), target)).Seen["Which"]));
        }
    }
}

using Knative.Xds.Integration.Kingress.Harness;

namespace Knative.Xds.Integration.Kingress;

/// <summary>Upstream's rows on headers.</summary>
public sealed class ConformanceHeadersTests(SharedKingressWorld shared)
{
    private const string Header = "Foo-Bar-Baz";

    [Fact]
    [Conformance("headers/pre-split")]
    public async Task PathHeader_WhateverTheClientSends_IsWhatTheBackendSees()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        await ns.ReadyAsync("pre", Spec.External(ns.Host("pre"), Spec.All(Spec.To("runtime")).Setting(Header, "ours")));

        Assert.Equal("ours", (await ns.External.GetAsync(ns.Host("pre"))).Seen[Header]);
        Assert.Equal("ours", (await ns.External.GetAsync(ns.Host("pre"), "/", (Header, "bogus"))).Seen[Header]);
        Assert.Equal("ours", (await ns.External.GetAsync(ns.Host("pre"), "/", (Header, "bogus"), (Header, "again"))).Seen[Header]);
    }

    [Fact]
    [Conformance("headers/post-split")]
    public async Task SplitHeaders_WhateverTheClientSends_EachSplitSetsItsOwn()
    {
        await using var ns = await shared.NamespaceAsync();
        var splits = await Task.WhenAll(Enumerable.Range(0, 4).Select(async i =>
        {
            await ns.BackendAsync($"r{i}");
            return Spec.To($"r{i}", 25).Setting(Header, $"r{i}");
        }));
        await ns.ReadyAsync("post", Spec.External(ns.Host("post"), Spec.All(splits)));

        var plain = await ns.External.CountAsync(ns.Host("post"), 100, seen => $"{seen.Backend} {seen[Header]}");
        var bogus = await ns.External.CountAsync(ns.Host("post"), 100, seen => $"{seen.Backend} {seen[Header]}", "/", (Header, "bogus"));

        Assert.Equal(["r0 r0", "r1 r1", "r2 r2", "r3 r3"], plain.Keys.Order());
        Assert.Equal(["r0 r0", "r1 r1", "r2 r2", "r3 r3"], bogus.Keys.Order());
    }

    [Fact]
    [Conformance("headers/tags")]
    public async Task TagHeader_OnlyTheExactValueTakesTheTaggedPath()
    {
        const string tag = "Knative-Serving-Tag";
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        await ns.ReadyAsync("tags", Spec.External(
            ns.Host("tags"),
            Spec.All(Spec.To("runtime")).When(tag, "the-tag").Setting("Which", "tagged"),
            Spec.All(Spec.To("runtime")).Setting("Which", "plain")));

        Assert.Equal("tagged", (await ns.External.GetAsync(ns.Host("tags"), "/", (tag, "the-tag"))).Seen["Which"]);
        Assert.Equal("plain", (await ns.External.GetAsync(ns.Host("tags"))).Seen["Which"]);
        Assert.Equal("plain", (await ns.External.GetAsync(ns.Host("tags"), "/", (tag, ""))).Seen["Which"]);
        Assert.Equal("plain", (await ns.External.GetAsync(ns.Host("tags"), "/", (tag, "the-tag-of-another"))).Seen["Which"]);
    }
}

using System.Collections.Immutable;
using System.Text;
using Knative.Xds.Core.Model;
using Knative.Xds.XdsServer.Replication;

namespace Knative.Xds.XdsServer.Tests.Replication;

public sealed class LastGoodStatesTests
{
    [Fact]
    public void WrittenAndRead_IsTheSame()
    {
        var ingress = Sample("a", 3);

        var read = Assert.Single(LastGoodStates.Read([LastGoodStates.Write([ingress])])).Value;

        Assert.Equal((ingress.Key, ingress.Uid, ingress.Generation, ingress.CreatedAt, ingress.Class, ingress.Hash, ingress.HttpOption), (read.Key, read.Uid, read.Generation, read.CreatedAt, read.Class, read.Hash, read.HttpOption));
        Assert.Equal(ingress.Labels, read.Labels);
        Assert.Equal(ingress.Annotations, read.Annotations);
        var (rule, path) = (Assert.Single(read.Rules), Assert.Single(read.Rules[0].Paths));
        Assert.Equal(ingress.Rules[0].Hosts, rule.Hosts);
        Assert.Equal(IngressVisibility.ClusterLocal, rule.Visibility);
        Assert.Equal(("/p", "other.example.com"), (path.Path, path.RewriteHost));
        Assert.Equal(ingress.Rules[0].Paths[0].Headers, path.Headers);
        Assert.Equal(ingress.Rules[0].Paths[0].AppendHeaders, path.AppendHeaders);
        var split = ingress.Rules[0].Paths[0].Splits[0];
        Assert.Equal((split.Service, split.Port, split.Percent), (path.Splits[0].Service, path.Splits[0].Port, path.Splits[0].Percent));
        Assert.Equal(split.AppendHeaders, path.Splits[0].AppendHeaders);
        Assert.Equal((ingress.Tls[0].Secret, "tls.example.com"), (Assert.Single(read.Tls).Secret, Assert.Single(read.Tls[0].Hosts)));
    }

    [Fact]
    public void SeveralReplicas_TheNewestStateCounts()
    {
        string[] texts = [LastGoodStates.Write([Sample("a", 2), Sample("b", 7)]), LastGoodStates.Write([Sample("a", 5), Sample("b", 6)])];

        Assert.Equal([("a", 5L), ("b", 7L)], LastGoodStates.Read(texts).Values.Select(state => (state.Key.Name, state.Generation)).Order());
        Assert.Equal([("a", 5L), ("b", 7L)], LastGoodStates.Read(texts.Reverse()).Values.Select(state => (state.Key.Name, state.Generation)).Order());
    }

    [Fact]
    public void None_IsNoText() => Assert.Equal("", LastGoodStates.Write([]));

    [Fact]
    public void Many_AreAsManyAsFit_InTheOrderOfTheirNames_WithoutOneThatIsTooLarge()
    {
        var states = Enumerable.Range(0, 200).Select(i => Sample($"i{i:d3}", 1)).Prepend(Sample("huge", 1, header: new string('ä', LastGoodStates.MaxBytes)));

        var text = LastGoodStates.Write(states);

        Assert.InRange(Encoding.UTF8.GetByteCount(text), LastGoodStates.MaxBytes - 2_000, LastGoodStates.MaxBytes);
        var names = LastGoodStates.Read([text]).Keys.Select(key => key.Name).Order(StringComparer.Ordinal).ToList();
        Assert.Equal(Enumerable.Range(0, names.Count).Select(i => $"i{i:d3}"), names);
    }

    [Fact]
    public void WhatKubectlNotes_IsNotTold() =>
        Assert.DoesNotContain("last-applied", LastGoodStates.Write([Sample("a", 1) with { Annotations = ImmutableSortedDictionary<string, string>.Empty.Add("kubectl.kubernetes.io/last-applied-configuration", "{}") }]), StringComparison.Ordinal);

    [Theory]
    [InlineData("nonsense")]
    [InlineData("null")]
    [InlineData("[null]")]
    [InlineData("{}")]
    [InlineData("""[{"generation":1}]""")]
    [InlineData("""[{"key":{"namespace":"ns"}}]""")]
    [InlineData("""[{"key":{"namespace":null,"name":"a"}}]""")]
    [InlineData("""[{"key":{"namespace":"ns","name":"b"},"rules":[{"hosts":["h"]}]}]""")]
    [InlineData("""[{"key":{"namespace":"ns","name":"b"},"labels":null}]""")]
    public void Unreadable_CountsAsNotTold_AndTheOthersAreRead(string text) =>
        Assert.Equal(["a"], LastGoodStates.Read([text, LastGoodStates.Write([Sample("a", 1)])]).Keys.Select(key => key.Name));

    private static Ingress Sample(string name, long generation, string header = "v") => new()
    {
        Key = new("ns", name),
        Uid = "uid",
        Generation = generation,
        CreatedAt = DateTimeOffset.UnixEpoch.AddDays(20_000),
        Class = "c",
        Hash = "abc",
        HttpOption = HttpOption.Redirected,
        Labels = Table("team", "x"),
        Annotations = Table("kourier.knative.dev/disable-http2", "true"),
        Tls = [new(["tls.example.com"], new("ns", "tls"))],
        Rules =
        [
            new(["a.example.com", "b.example.com"], IngressVisibility.ClusterLocal,
            [
                new IngressPath
                {
                    Path = "/p",
                    RewriteHost = "other.example.com",
                    Headers = Table("tag", "blue"),
                    AppendHeaders = Table("x", header),
                    Splits =
                    [
                        new() { Service = new("ns", "s"), Port = ServicePortRef.Of("http"), Percent = 90, AppendHeaders = Table("revision", "r") },
                        new() { Service = new("ns", "t"), Port = ServicePortRef.Of(80), Percent = 10 },
                    ],
                },
            ]),
        ],
    };

    private static ImmutableSortedDictionary<string, string> Table(string key, string value) => ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal).Add(key, value);
}

using System.Collections.Immutable;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.ControlPlane.Translation;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Api;
using Knative.Xds.XdsServer.Reporting;

namespace Knative.Xds.XdsServer.Tests.Reporting;

public sealed class LastGoodVersionTests
{
    private static readonly ImmutableSortedDictionary<string, string> Texts = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal).Add("b", "1").Add("B-x", "2").Add("a-z", "3").Add("a", "4");

    private static readonly Ingress Full = new()
    {
        Key = new("ns", "a"),
        Uid = "uid",
        Generation = 7,
        CreatedAt = DateTimeOffset.UnixEpoch.AddDays(1),
        Class = "c",
        Hash = "hash",
        HttpOption = HttpOption.Redirected,
        Rules =
        [
            new(["a.example.com"], IngressVisibility.ExternalIP, [new IngressPath { Path = "/p", RewriteHost = "r.example.com", Headers = Texts, AppendHeaders = Texts, Splits = [Split(60), Split(40)] }]),
            new(["a.ns"], IngressVisibility.ClusterLocal, [new IngressPath { Splits = [Split(100)] }]),
        ],
        Tls = [new(["a.example.com"], new("ns", "secret"))],
        Labels = Texts,
        Annotations = Texts.Add("B", "ü \"2\""),
    };

    [Fact]
    public void Read_WhatWasNoted_GivesTheSameResources()
    {
        var read = LastGoodVersion.Read(new KIngressStatus { Annotations = LastGoodVersion.Note(null, Full) })!;

        Assert.Equal(Versions(Full), Versions(read));
        Assert.Equal((Full.Key, Full.Uid, Full.Generation, Full.CreatedAt, Full.Class, Full.Hash), (read.Key, read.Uid, read.Generation, read.CreatedAt, read.Class, read.Hash));
        Assert.Equal(Full.Annotations, read.Annotations);
        Assert.Equal(LastGoodVersion.Note(null, Full)!, LastGoodVersion.Note(null, read)!);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"key":{"namespace":"ns","name":"a"},"rules":null}""")]
    [InlineData("""{"key":{"namespace":"ns","name":"a"},"labels":[]}""")]
    [InlineData("""{"key":{"namespace":"ns","name":"a"},"labels":{"a":1}}""")]
    public void Read_Nonsense_IsNone(string? text) =>
        Assert.Null(LastGoodVersion.Read(new KIngressStatus { Annotations = text is null ? null : new() { [LastGoodVersion.Annotation] = text } }));

    [Fact]
    public void Note_VersionThatIsVeryLarge_IsNotKept() =>
        Assert.Null(LastGoodVersion.Note(null, Full with { Labels = Texts.Add("large", new string('x', 300_000)) }));

    private static IngressSplit Split(int percent) => new() { Service = new("ns", "svc"), Port = ServicePortRef.Of("http"), Percent = percent, AppendHeaders = Texts };

    private static IEnumerable<string> Versions(Ingress ingress)
    {
        var translated = IngressTranslator.Translate(ingress, new Backends());
        Assert.True(translated.IsGood);
        return [.. translated.Value.Messages.Select(EncodedResource.Of).Select(resource => $"{resource}")];
    }

    private sealed class Backends : IBackendLookup
    {
        public BackendService? FindService(ObjectKey key) => new() { Key = key, Ports = [new BackendServicePort("http", 80, ServicePortRef.Of(8012), null)] };

        public CertificateReading FindCertificate(ObjectKey secret) => default;
    }
}

using Knative.Xds.ControlPlane.Translation;
using Knative.Xds.Core.Model;

namespace Knative.Xds.ControlPlane.Tests.Translation;

/// <summary>Gateways ask for endpoints by names of Services and ports, and are cut off when one is too long: none such comes from an ingress.</summary>
public sealed class ServiceNameTests
{
    private const string Field = "spec.rules[0].http.paths[0].splits[0]";
    private static readonly string Longest = new('a', 63);

    [Theory]
    [InlineData("a")]
    [InlineData("9-a")]
    public void Name_ThatAServiceCanHave_IsTaken(string name) => Assert.Empty(Check(name, ServicePortRef.Of(80)));

    [Fact]
    public void LongestNames_AreTaken()
    {
        var translated = Translate(Longest, ServicePortRef.Of(65535), Longest);

        Assert.Empty(translated.Problems);
        Assert.Equal($"{Longest}/{Longest}/65535", Assert.Single(translated.Value.Clusters).Name);
    }

    [Theory]
    [InlineData("Upper")]
    [InlineData("-a")]
    [InlineData("a-")]
    [InlineData("a/b")]
    [InlineData("a.b")]
    [InlineData("ä")]
    public void Name_ThatNoServiceCanHave_IsNamed(string name) =>
        Assert.Equal([($"{Field}.serviceName", "InvalidService", $"{Field}.serviceName: \"{name}\" is no name that a Service can have: at most 63 of a-z, 0-9 and -, and no - at either end.")], Check(name, ServicePortRef.Of(80)));

    [Fact]
    public void NameThatIsTooLong_IsNamedInPart() =>
        Assert.Equal([($"{Field}.serviceName", "InvalidService", $"{Field}.serviceName: \"{Longest}…\" is no name that a Service can have: at most 63 of a-z, 0-9 and -, and no - at either end.")], Check(Longest + "aa", ServicePortRef.Of(80)));

    [Theory]
    [InlineData(-1)]
    [InlineData(65536)]
    public void PortNumber_OutOfRange_IsNamed(int number) =>
        Assert.Equal([($"{Field}.servicePort", "InvalidService", $"{Field}.servicePort: {number} is not between 1 and 65535.")], Check("svc", ServicePortRef.Of(number)));

    [Fact]
    public void PortName_ThatNoPortCanHave_IsNamed()
    {
        Assert.Equal([($"{Field}.servicePort", "InvalidService", $"{Field}.servicePort: \"a_b\" is no name that a port can have: at most 63 of a-z, 0-9 and -, and no - at either end.")], Check("svc", ServicePortRef.Of("a_b")));
        Assert.Equal($"{Field}.servicePort: \"{Longest}…\" is no name that a port can have: at most 63 of a-z, 0-9 and -, and no - at either end.", Assert.Single(Check("svc", ServicePortRef.Of(new string('a', 2_000)))).Message);
    }

    [Fact]
    public void Namespace_ThatIsNone_IsNamed() =>
        Assert.Equal([($"{Field}.serviceNamespace", "InvalidService")], Translate("svc", ServicePortRef.Of(80), "a/b").Problems.Select(problem => (problem.Field, problem.Reason)));

    [Fact]
    public void SplitsBeyondTheirNumber_AreRefused()
    {
        Assert.Empty(Translate("svc", ServicePortRef.Of(80), "ns", splits: 256).Problems);

        var problem = Assert.Single(Translate("svc", ServicePortRef.Of(80), "ns", splits: 257).Problems);
        Assert.Equal("spec.rules[0].http.paths[0].splits: there are 257 splits, and at most 256 are taken.", problem.Message);
    }

    /// <summary>Problems of the ingress itself; that the Service is there or not is none.</summary>
    private static IEnumerable<(string Field, string Reason, string Message)> Check(string service, ServicePortRef port) =>
        Translate(service, port, "ns").Problems.Where(problem => problem.Reason == "InvalidService").Select(problem => (problem.Field, problem.Reason, problem.Message));

    private static Translated<IngressResources> Translate(string service, ServicePortRef port, string ns, int splits = 1)
    {
        var split = new IngressSplit { Service = new(ns, service), Port = port, Percent = 0 };
        var ingress = new Ingress
        {
            Key = new(ns, "ing"),
            Rules = [new(["a.example.com"], IngressVisibility.ExternalIP, [new IngressPath { Splits = [split with { Percent = 100 }, .. Enumerable.Repeat(split, splits - 1)] }])],
        };
        return IngressTranslator.Translate(ingress, new AnyService());
    }

    /// <summary>Whatever is asked for is there, with the ports that people name.</summary>
    private sealed class AnyService : IBackendLookup
    {
        public BackendService? FindService(ObjectKey key) => new() { Key = key, Ports = [new("http", 80, ServicePortRef.Of(8012), null), new("last", 65535, ServicePortRef.Of(8012), null)] };

        public CertificateReading FindCertificate(ObjectKey secret) => default;
    }
}

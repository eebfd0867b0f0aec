using System.Text;
using k8s.Models;
using Knative.Xds.Kube.Projections;
using Knative.Xds.Testing;

namespace Knative.Xds.Kube.Tests.Projections;

public sealed class TrustBundleProjectionTests
{
    private static readonly string One = TestCertificate.For("one").Chain;
    private static readonly string Two = TestCertificate.For("two").Chain;

    [Fact]
    public void Project_SecretAndBundles_GivesEachCertificateOnceInOneOrder()
    {
        var first = TrustBundleProjection.Project(Secret(One), [Bundle("a", Two + "\n" + One)]);
        var second = TrustBundleProjection.Project(Secret(Two), [Bundle("a", One), Bundle("b", "# said twice\n" + One)]);

        Assert.Empty(first.Problems);
        Assert.Equal(first.Value, second.Value);
        Assert.Equal(2, first.Value!.Split("BEGIN CERTIFICATE").Length - 1);
    }

    [Theory]
    [InlineData("")]
    [InlineData("hello")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----")]
    public void Project_BundleWithoutCertificates_IsNamedAndLeftOut(string text)
    {
        var projected = TrustBundleProjection.Project(Secret(One), [Bundle("bad", text)]);

        Assert.Contains("BEGIN CERTIFICATE", projected.Value, StringComparison.Ordinal);
        var problem = Assert.Single(projected.Problems);
        Assert.Equal(("knative-serving/bad", "data[bundle.pem]", "data[bundle.pem] holds something else than certificates in PEM."), ($"{problem.Object}", problem.Field, problem.Message));
    }

    [Fact]
    public void Project_BundleWithAPrivateKey_IsLeftOutWhole()
    {
        var pair = TestCertificate.For("pair");

        var projected = TrustBundleProjection.Project(null, [Bundle("pair", pair.Chain + "\n" + pair.PrivateKey)]);

        Assert.Equal("", projected.Value);
        Assert.Single(projected.Problems);
    }

    [Fact]
    public void Project_Nothing_IsEmpty()
    {
        var projected = TrustBundleProjection.Project(null, []);

        Assert.Equal(("", 0), (projected.Value, projected.Problems.Length));
    }

    private static V1Secret Secret(string authority) => new()
    {
        Metadata = new V1ObjectMeta { Name = "routing-serving-certs", NamespaceProperty = "knative-serving" },
        Data = new Dictionary<string, byte[]> { ["ca.crt"] = Encoding.UTF8.GetBytes(authority) },
    };

    private static V1ConfigMap Bundle(string name, string text) => new()
    {
        Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = "knative-serving" },
        Data = new Dictionary<string, string> { ["bundle.pem"] = text },
    };
}

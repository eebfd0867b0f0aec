using System.Security.Cryptography.X509Certificates;
using Knative.Xds.Testing;
using Knative.Xds.XdsServer.Security;

namespace Knative.Xds.XdsServer.Tests.Security;

public sealed class IdentityRulesTests
{
    private static readonly NodeClaims Node = new("gw-1", "kxds", "edge");

    [Theory]
    [InlineData("spiffe://example.org/kxds/kxds/edge")]
    [InlineData("edge.kxds.kxds-gateway")]
    [InlineData("EDGE.kxds.KXDS-gateway")]
    public void DefaultRule_NameOfTheFleet_Permits(string name) => Assert.Null(new IdentityRules(new XdsServerOptions()).WhyNot(Peer(name), Node));

    [Theory]
    [InlineData("spiffe://example.org/kxds/kxds/internal")]
    [InlineData("spiffe://example.org/kxds/other/edge")]
    [InlineData("spiffe://example.org/other/kxds/edge")]
    [InlineData("spiffe://example.org/kxds/kxds/edge/more")]
    [InlineData("https://example.org/kxds/kxds/EDGE")]
    [InlineData("edge.kxds.other")]
    [InlineData("gw-1")]
    public void DefaultRule_AnotherName_SaysWhoMayBeWhom(string name)
    {
        var problem = new IdentityRules(new XdsServerOptions()).WhyNot(Peer(name), Node);

        Assert.Equal($"the client certificate ({name}) is not for node \"gw-1\" of cluster \"kxds\" and fleet \"edge\", see --node-identity", problem);
    }

    [Fact]
    public void Claim_WithSeparators_CannotReachOverItsSegment()
    {
        var rules = new IdentityRules(new XdsServerOptions { NodeIdentity = "spiffe://*/{cluster}/{fleet}" });

        Assert.NotNull(rules.WhyNot(Peer("spiffe://d/a/b/c"), new("n", "a/b", "c")));
        Assert.Null(rules.WhyNot(Peer("spiffe://d/a/b"), new("n", "a", "b")));
    }

    [Fact]
    public void Claim_LeftEmpty_MatchesNoName()
    {
        var rules = new IdentityRules(new XdsServerOptions { NodeIdentity = "spiffe://*/gw/{cluster}" });

        Assert.NotNull(rules.WhyNot(Peer("spiffe://d/gw/"), new("n", "", "f")));
    }

    [Fact]
    public void Claim_ThatIsAStar_IsNoWildcard() =>
        Assert.NotNull(new IdentityRules(new XdsServerOptions { NodeIdentity = "{id}" }).WhyNot(Peer("gw-1"), new("*", "kxds", "edge")));

    [Fact]
    public void Certificate_WithSeveralNames_NeedsOneThatFits()
    {
        var rules = new IdentityRules(new XdsServerOptions { NodeIdentity = "{id}" });

        Assert.Null(rules.WhyNot(Peer("other", "gw-1"), Node));
    }

    [Fact]
    public void Rule_LeftEmpty_PermitsEveryVerifiedCertificate() => Assert.Null(new IdentityRules(new XdsServerOptions { NodeIdentity = "" }).WhyNot(Peer("whoever"), Node));

    [Fact]
    public void Rule_WithAnUnknownPlaceholder_NamesTheOption()
    {
        var malformed = Assert.Throws<FormatException>(() => new IdentityRules(new XdsServerOptions { NodeIdentity = "{pod}.x" }));

        Assert.Equal("--node-identity: \"{pod}\" is no placeholder here, {id} is, {cluster} is, {fleet} is", malformed.Message);
    }

    [Fact]
    public void Operator_IsWhoeverItsRuleNames_AndWhoNeedsNoCertificate()
    {
        var rules = new IdentityRules(new XdsServerOptions());

        Assert.True(rules.IsOperator(Peer("spiffe://example.org/kxds/operator")));
        Assert.False(rules.IsOperator(Peer("edge.kxds.kxds-gateway")));
        Assert.True(rules.IsOperator(new StreamPeer("127.0.0.1", null, [], default, IsTrusted: true, MayHoldKeys: true)));
        Assert.False(rules.IsOperator(new StreamPeer("10.0.0.1", null, [], default, IsTrusted: false, MayHoldKeys: false)));
    }

    [Fact]
    public void Names_OfACertificate_AreItsDnsNamesAndUris()
    {
        using var authority = TestAuthority.Create();
        var (pem, _) = authority.Issue(["gw.example", "spiffe://d/a"], address: System.Net.IPAddress.Loopback);
        using var certificate = X509Certificate2.CreateFromPem(pem);

        Assert.Equal(["gw.example", "spiffe://d/a"], CertificateNames.Of(certificate));
    }

    private static StreamPeer Peer(params string[] names) => new("10.0.0.1", "hash", [.. names], DateTimeOffset.MaxValue, true, true);
}

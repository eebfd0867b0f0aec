using Envoy.Config.Core.V3;
using Envoy.Config.Route.V3;
using Envoy.Type.Matcher.V3;
using Knative.Xds.ControlPlane.Explaining;

namespace Knative.Xds.ControlPlane.Tests.Explaining;

public sealed class RouteExplainerTests
{
    private static readonly RouteConfiguration Routes = new()
    {
        Name = "default/hello/external",
        VirtualHosts =
        {
            new VirtualHost
            {
                Name = "hello.example.com",
                Domains = { "hello.example.com" },
                Routes =
                {
                    Forward("rules[0].paths[1]", new RouteMatch { Prefix = "/api", Headers = { new HeaderMatcher { Name = "Tag", StringMatch = new StringMatcher { Exact = "blue" } } } }, ("default/blue/80", 100)),
                    Forward("rules[0].paths[0]", new RouteMatch { Prefix = "/" }, ("default/blue/80", 90), ("default/green/80", 10)),
                },
            },
            new VirtualHost { Name = "*.example.com", Domains = { "*.example.com" }, Routes = { new Route { Name = "rules[1].paths[0]", Match = new RouteMatch { Prefix = "/" }, Redirect = new RedirectAction { HttpsRedirect = true } } } },
            new VirtualHost { Name = "narrow.example.org", Domains = { "narrow.example.org" }, Routes = { Forward("rules[2].paths[0]", new RouteMatch { PathSeparatedPrefix = "/foo" }, ("default/foo/80", 100)) } },
        },
    };

    [Fact]
    public void Explain_HeaderAndPathMatch_TakesTheFirstRoute()
    {
        var answer = RouteExplainer.Explain(Routes, new GatewayRequest { Host = "Hello.Example.com:8080", Path = "/api/x?y=1", Headers = GatewayRequest.NoHeaders.Add("tag", "blue") });

        Assert.Equal(("rules[0].paths[1]", "100 % to default/blue/80", "hello.example.com"), (answer.Route, answer.Verdict, answer.Domain));
        Assert.Equal("rules[0].paths[1]", answer.Splits[0].Headers["Which"]);
    }

    [Fact]
    public void Explain_HeaderMissing_SaysSoAndTakesTheNextRoute()
    {
        var answer = RouteExplainer.Explain(Routes, new GatewayRequest { Host = "hello.example.com", Path = "/api" });

        Assert.Equal([new("rules[0].paths[1]", "prefix /api, header Tag: blue", false, "it has no header Tag"), new("rules[0].paths[0]", "prefix /", true, "")], answer.Considered);
        Assert.Equal("90 % to default/blue/80, 10 % to default/green/80", answer.Verdict);
        Assert.Equal([0.9, 0.1], answer.Splits.Select(split => split.Share));
    }

    [Fact]
    public void Explain_HeaderOfAnotherValue_NamesBoth()
    {
        var answer = RouteExplainer.Explain(Routes, new GatewayRequest { Host = "hello.example.com", Path = "/api", Headers = GatewayRequest.NoHeaders.Add("Tag", "red") });

        Assert.Equal("its Tag is red, and not as in header Tag: blue", answer.Considered[0].Why);
    }

    [Fact]
    public void Explain_OnlyTheWildcardHasTheHost_Redirects()
    {
        var answer = RouteExplainer.Explain(Routes, new GatewayRequest { Host = "other.example.com", Path = "/a?b" });

        Assert.Equal((301, "https://other.example.com/a?b", "*.example.com"), (answer.Status, answer.Location, answer.Domain));
    }

    [Fact]
    public void Explain_NoRouteMatches_Is404WithEachReason()
    {
        var answer = RouteExplainer.Explain(Routes, new GatewayRequest { Host = "narrow.example.org", Path = "/foobar" });

        Assert.Equal((404, "404: none of the 1 routes of narrow.example.org matches"), (answer.Status, answer.Verdict));
        Assert.Equal("the path /foobar has not the prefix /foo (whole segments)", answer.Considered[0].Why);
    }

    [Fact]
    public void Explain_UnknownHost_Is404() =>
        Assert.Equal("404: no virtual host of default/hello/external has the domain example.net", RouteExplainer.Explain(Routes, new GatewayRequest { Host = "example.net" }).Verdict);

    [Theory]
    [InlineData("A.B.Example.com.", "external|a.b.example.com external|*.b.example.com")]
    [InlineData("single:80", "external|single")]
    public void Scopes_OfAHost_AreItselfThenItsWildcard(string host, string expected) =>
        Assert.Equal(expected, string.Join(' ', RequestHost.Scopes("external", host)));

    private static Route Forward(string name, RouteMatch match, params (string Cluster, uint Weight)[] clusters) => new()
    {
        Name = name,
        Match = match,
        Route_ = new RouteAction
        {
            WeightedClusters = new WeightedCluster
            {
                Clusters =
                {
                    clusters.Select(entry => new WeightedCluster.Types.ClusterWeight
                    {
                        Name = entry.Cluster,
                        Weight = entry.Weight,
                        RequestHeadersToAdd = { new HeaderValueOption { Header = new HeaderValue { Key = "Which", Value = name } } },
                    }),
                },
            },
        },
    };
}

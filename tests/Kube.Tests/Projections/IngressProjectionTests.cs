using k8s;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Api;
using Knative.Xds.Kube.Projections;

namespace Knative.Xds.Kube.Tests.Projections;

public sealed class IngressProjectionTests
{
    private const string Whole = """
        {"metadata":{"name":"hello","namespace":"default","uid":"u","generation":7,"creationTimestamp":"2026-01-02T03:04:05Z",
          "annotations":{"networking.knative.dev/ingress.class":"xds"},"labels":{"b":"2","a":"1"}},
         "spec":{"httpOption":"Redirected","tls":[{"hosts":["h"],"secretName":"s","secretNamespace":"default"}],
          "rules":[{"hosts":["h","h2"],"visibility":"ClusterLocal","http":{"paths":[
            {"path":"/a","rewriteHost":"r","headers":{"Tag":{"exact":"blue"}},"appendHeaders":{"P":"1"},"splits":[
              {"serviceNamespace":"default","serviceName":"x","servicePort":80,"percent":90,"appendHeaders":{"S":"2"}},
              {"serviceNamespace":"default","serviceName":"y","servicePort":"http","percent":10}]}]}}]},
         "unknownField":{"a":1}}
        """;

    [Fact]
    public void Project_EveryField_IsCarriedOver()
    {
        var (ingress, problems) = Project(Whole);
        Assert.Empty(problems);
        Assert.Equal(new ObjectKey("default", "hello"), ingress!.Key);
        Assert.Equal(("u", 7L, "xds", HttpOption.Redirected), (ingress.Uid, ingress.Generation, ingress.Class, ingress.HttpOption));
        Assert.Equal(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), ingress.CreatedAt);
        Assert.Equal(["a", "b"], ingress.Labels.Keys);
        Assert.Equal(new ObjectKey("default", "s"), Assert.Single(ingress.Tls).Secret);
        var rule = Assert.Single(ingress.Rules);
        Assert.Equal(["h", "h2"], rule.Hosts);
        Assert.Equal(IngressVisibility.ClusterLocal, rule.Visibility);
        var path = Assert.Single(rule.Paths);
        Assert.Equal(("/a", "r", "blue", "1"), (path.Path, path.RewriteHost, path.Headers["Tag"], path.AppendHeaders["P"]));
        Assert.Equal([(new ObjectKey("default", "x"), ServicePortRef.Of(80), 90), (new ObjectKey("default", "y"), ServicePortRef.Of("http"), 10)], path.Splits.Select(split => (split.Service, split.Port, split.Percent)));
        Assert.Equal("2", path.Splits[0].AppendHeaders["S"]);
    }

    [Fact]
    public void Project_Undefaulted_GetsVisibilityAndFullShare()
    {
        var (ingress, problems) = Project(Rule("""{"http":{"paths":[{"splits":[{"serviceNamespace":"default","serviceName":"x","servicePort":80}]}]}}"""));
        Assert.Empty(problems);
        Assert.Equal(IngressVisibility.ExternalIP, ingress!.Rules[0].Visibility);
        Assert.Equal(100, ingress.Rules[0].Paths[0].Splits[0].Percent);
        Assert.Equal("", ingress.Class);
    }

    [Theory]
    [InlineData("""{}""", "spec", "MissingField")]
    [InlineData("""{"spec":null}""", "spec", "MissingField")]
    [InlineData("""{"spec":{"httpOption":"Enabled"}}""", "spec.rules", "MissingField")]
    [InlineData("""{"spec":{"httpOption":"Maybe","rules":[{"http":{"paths":[{"splits":[{"serviceNamespace":"default","serviceName":"x","servicePort":80}]}]}}]}}""", "spec.httpOption", "InvalidValue")]
    [InlineData("""{"spec":{"tls":[{"secretName":"s"}],"rules":[{"http":{"paths":[{"splits":[{"serviceNamespace":"default","serviceName":"x","servicePort":80}]}]}}]}}""", "spec.tls[0].secretNamespace", "MissingField")]
    public void Project_InvalidSpec_NamesTheField(string json, string field, string reason) => AssertOnly(Project(json), field, reason);

    [Theory]
    [InlineData("""null""", "spec.rules[0].http", "MissingField")]
    [InlineData("""{"hosts":["h"]}""", "spec.rules[0].http", "MissingField")]
    [InlineData("""{"http":{"paths":[]}}""", "spec.rules[0].http.paths", "MissingField")]
    [InlineData("""{"http":{"paths":[{"path":"/"}]}}""", "spec.rules[0].http.paths[0].splits", "MissingField")]
    [InlineData("""{"visibility":"Secret","http":{"paths":[{"splits":[{"serviceNamespace":"default","serviceName":"x","servicePort":80}]}]}}""", "spec.rules[0].visibility", "InvalidValue")]
    [InlineData("""{"http":{"paths":[{"splits":[{"serviceNamespace":"other","serviceName":"x","servicePort":80}]}]}}""", "spec.rules[0].http.paths[0].splits[0].serviceNamespace", "InvalidValue")]
    [InlineData("""{"http":{"paths":[{"splits":[{"serviceNamespace":"default","servicePort":80}]}]}}""", "spec.rules[0].http.paths[0].splits[0].serviceName", "MissingField")]
    [InlineData("""{"http":{"paths":[{"splits":[{"serviceNamespace":"default","serviceName":"x","servicePort":0}]}]}}""", "spec.rules[0].http.paths[0].splits[0].servicePort", "MissingField")]
    [InlineData("""{"http":{"paths":[{"splits":[{"serviceNamespace":"default","serviceName":"x"}]}]}}""", "spec.rules[0].http.paths[0].splits[0].servicePort", "MissingField")]
    [InlineData("""{"http":{"paths":[{"splits":[{"serviceNamespace":"default","serviceName":"x","servicePort":80,"percent":60},{"serviceNamespace":"default","serviceName":"y","servicePort":80,"percent":30}]}]}}""", "spec.rules[0].http.paths[0].splits", "InvalidValue")]
    [InlineData("""{"http":{"paths":[{"splits":[{"serviceNamespace":"default","serviceName":"x","servicePort":80,"percent":120},{"serviceNamespace":"default","serviceName":"y","servicePort":80,"percent":-20}]}]}}""", "spec.rules[0].http.paths[0].splits[0].percent spec.rules[0].http.paths[0].splits[1].percent", "InvalidValue")]
    public void Project_InvalidRule_NamesTheField(string rule, string field, string reason) => AssertOnly(Project(Rule(rule)), field, reason);

    [Fact]
    public void Project_WrongSum_MessageNamesTheSum()
    {
        var (_, problems) = Project(Rule("""{"http":{"paths":[{"splits":[{"serviceNamespace":"default","serviceName":"x","servicePort":80,"percent":60}]}]}}"""));
        Assert.Equal("spec.rules[0].http.paths[0].splits must have percentages that add up to 100, but they add up to 60.", Assert.Single(problems).Message);
    }

    private static void AssertOnly(Projected<Ingress> projected, string fields, string reason)
    {
        Assert.Null(projected.Value);
        Assert.Equal(fields.Split(' '), projected.Problems.Select(problem => problem.Field));
        Assert.All(projected.Problems, problem => Assert.Equal((new ObjectKey("default", "hello"), reason), (problem.Object, problem.Reason)));
    }

    private static string Rule(string rule) => "{\"spec\":{\"rules\":[" + rule + "]}}";

    private static Projected<Ingress> Project(string json)
    {
        var ingress = KubernetesJson.Deserialize<KIngress>(json);
        ingress.Metadata.Name ??= "hello";
        ingress.Metadata.NamespaceProperty ??= "default";
        return IngressProjection.Project(ingress);
    }
}

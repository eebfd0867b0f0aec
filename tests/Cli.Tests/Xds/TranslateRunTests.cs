using Knative.Xds.Cli.Admin;
using Knative.Xds.Cli.Xds;

namespace Knative.Xds.Cli.Tests.Xds;

public sealed class TranslateRunTests
{
    private const string Hello = """
        apiVersion: networking.internal.knative.dev/v1alpha1
        kind: Ingress
        metadata: {name: hello}
        spec:
          rules:
          - hosts: [hello.example.com]
            visibility: ExternalIP
            http: {paths: [{splits: [{serviceName: web, serviceNamespace: default, servicePort: 80, percent: 100}]}]}
        """;

    [Fact]
    public void Translate_WithoutServices_AssumesThemAndSaysSo()
    {
        var answer = TranslateRun.Translate(Hello, "hello.yaml");

        Assert.Empty(answer.Problems);
        Assert.Equal(["default/web"], answer.AssumedServices);
        Assert.Equal(
            ["cds default/web/80", "rds default/hello/external", "rds default/hello/local", "srds external|hello.example.com", "srds local|hello.example.com"],
            answer.Resources.Select(resource => $"{resource.Type} {resource.Name}").Order(StringComparer.Ordinal));
        Assert.Equal("default/hello/external", (string?)answer.Resources.First(resource => resource.Type == "rds").Content!["name"]);
    }

    [Fact]
    public void Translate_ServiceWithoutThePort_NamesTheField()
    {
        var answer = TranslateRun.Translate(Hello + "\n---\n{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{port: 81}]}}", "hello.yaml");

        Assert.Empty(answer.AssumedServices);
        Assert.Equal(("default/hello", "spec.rules[0].http.paths[0].splits[0].servicePort", "ServicePortNotFound"), Assert.Single(answer.Problems) is var problem ? (problem.Object, problem.Field, problem.Reason) : default);
        Assert.Empty(answer.Resources);
    }

    [Fact]
    public void Translate_NoIngressInTheFile_SaysWhatIsWanted() => Assert.Equal(
        "a.yaml has no KIngress (apiVersion networking.internal.knative.dev/v1alpha1, kind Ingress)",
        Assert.Throws<CliException>(() => TranslateRun.Translate("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}", "a.yaml")).Message);

    [Fact]
    public void Translate_BrokenFile_SaysWhere() =>
        Assert.StartsWith("a.yaml: line 2", Assert.Throws<CliException>(() => TranslateRun.Translate("{", "a.yaml")).Message, StringComparison.Ordinal);
}

using Knative.Xds.Cli.Admin;
using Knative.Xds.Cli.Xds;
using Knative.Xds.Testing;

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

    private const string Redirected = Hello + """

          httpOption: Redirected
          tls: [{hosts: [hello.example.com], secretName: tls, secretNamespace: default}]
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
        Assert.Equal("~nobody", Assert.Single(answer.Resources, resource => resource.Type == "cds").Name);
    }

    [Fact]
    public void Translate_SecretsOfTheFile_AreUsedNamedWhereTheyAreMissingAndFaultedWhereTheyAreBad()
    {
        var certificate = TestCertificate.For("hello.example.com");
        var missing = TranslateRun.Translate(Redirected, "hello.yaml");
        var given = TranslateRun.Translate($"{Redirected}\n---\n{SecretOf(certificate.Chain, certificate.PrivateKey)}", "hello.yaml");
        var bad = TranslateRun.Translate($"{Redirected}\n---\n{SecretOf("no certificate", "no key")}", "hello.yaml");

        Assert.Equal(["default/tls"], missing.MissingSecrets);
        Assert.DoesNotContain("httpsRedirect", Text(missing), StringComparison.Ordinal);
        Assert.Empty(missing.Problems);
        Assert.Empty(given.MissingSecrets);
        Assert.Contains("httpsRedirect", Text(given), StringComparison.Ordinal);
        Assert.Contains("sds hello.example.com", given.Resources.Select(resource => $"{resource.Type} {resource.Name}"));
        Assert.DoesNotContain("PRIVATE KEY", Text(given), StringComparison.Ordinal);
        Assert.Equal(("spec.tls[0].secretName", "CertificateUnavailable"), Assert.Single(bad.Problems) is var problem ? (problem.Field, problem.Reason) : default);
    }

    [Fact]
    public void Translate_HostOfTwoIngresses_IsTheOlderOnesAndTheOtherIsTold()
    {
        var newer = Hello.Replace("{name: hello}", "{name: a, creationTimestamp: \"2026-02-01T00:00:00Z\"}", StringComparison.Ordinal);
        var older = Hello.Replace("{name: hello}", "{name: b, creationTimestamp: \"2026-01-01T00:00:00Z\"}", StringComparison.Ordinal);

        var answer = TranslateRun.Translate($"{newer}\n---\n{older}", "two.yaml");

        Assert.All(answer.Problems, problem => Assert.Equal(("default/a", "DomainConflict", "Ingress rejected: spec.rules[0].hosts[0]: host hello.example.com belongs to the older ingress default/b."), (problem.Object, problem.Reason, problem.Message)));
        Assert.Equal("default/b/external", (string?)answer.Resources.Single(resource => resource.Name == "external|hello.example.com").Content!["routeConfigurationName"]);
    }

    [Fact]
    public void Translate_ClusterDomain_DecidesWhichNamesAHostStandsFor()
    {
        var local = Hello.Replace("hello.example.com", "web.default.svc.corp.internal", StringComparison.Ordinal).Replace("ExternalIP", "ClusterLocal", StringComparison.Ordinal);

        var answer = TranslateRun.Translate(local, "local.yaml", "corp.internal");

        Assert.Equal(new TranslateRun.Assumptions("corp.internal", SystemInternalTls: false, Authorization: false, DefaultCertificates: false), answer.Settings);
        Assert.Contains("local|web.default", answer.Resources.Select(resource => resource.Name));
    }

    [Fact]
    public void Translate_NoIngressInTheFile_SaysWhatIsWanted() => Assert.Equal(
        "a.yaml has no KIngress (apiVersion networking.internal.knative.dev/v1alpha1, kind Ingress)",
        Assert.Throws<CliException>(() => TranslateRun.Translate("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}", "a.yaml")).Message);

    [Fact]
    public void Translate_BrokenFile_SaysWhere() =>
        Assert.StartsWith("a.yaml: line 2", Assert.Throws<CliException>(() => TranslateRun.Translate("{", "a.yaml")).Message, StringComparison.Ordinal);

    private static string Text(TranslateRun.Answer answer) => string.Join('\n', answer.Resources.Select(resource => resource.Content!.ToJsonString()));

    private static string SecretOf(string chain, string key) =>
        $"{{apiVersion: v1, kind: Secret, metadata: {{name: tls}}, data: {{tls.crt: {Encode(chain)}, tls.key: {Encode(key)}}}}}";

    private static string Encode(string text) => Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(text));
}

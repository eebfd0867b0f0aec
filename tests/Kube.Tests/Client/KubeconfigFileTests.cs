using System.Text.Json;
using k8s;
using Knative.Xds.Kube.Client;

namespace Knative.Xds.Kube.Tests.Client;

public sealed class KubeconfigFileTests : IDisposable
{
    private const string Whole = """
        apiVersion: v1
        kind: Config
        preferences: {}
        current-context: a@one
        clusters:
        - name: one
          cluster:
            server: https://one.example:6443
            certificate-authority: pki/ca.crt
            tls-server-name: api.one
            insecure-skip-tls-verify: false
            extensions: [{name: x, extension: {provider: y}}]
        - name: two
          cluster: {server: "https://two.example", certificate-authority-data: QUJD, insecure-skip-tls-verify: true}
        contexts:
        - name: a@one
          context: {cluster: one, user: a, namespace: apps}
        users:
        - name: a
          user:
            client-certificate: /pki/a.crt
            client-key: a.key
            as: other
            as-groups: [g1, g2]
            as-user-extra: {scope: s}
        - name: b
          user: {token: t, username: u, password: p}
        - name: c
          user:
            exec:
              apiVersion: client.authentication.k8s.io/v1
              command: bin/login
              args: [get-token, --cluster=one]
              env:
              - name: PROFILE
                value: dev
              installHint: look there
              provideClusterInfo: true
        - name: d
          user: {auth-provider: {name: oidc, config: {id-token: t}}, exec: null}
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("kxds-kube").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Read_AllThatAFileCanSay_IsWhatThePackageReadsAndPathsAreAbsolute()
    {
        var path = Write("config", Whole);
        var expected = KubernetesClientConfiguration.LoadKubeConfig(path);
        expected.Clusters.First().ClusterEndpoint.CertificateAuthority = Path.Combine(_folder, "pki/ca.crt");
        expected.Clusters.First().ClusterEndpoint.Extensions = null;
        expected.Users.First().UserCredentials.ClientKey = Path.Combine(_folder, "a.key");
        expected.Users.ElementAt(2).UserCredentials.ExternalExecution.Command = Path.Combine(_folder, "bin/login");
        expected.Preferences = null;
        expected.FileName = null;
        Assert.Equal(JsonSerializer.Serialize(expected), JsonSerializer.Serialize(KubeconfigFile.Read(path)));
    }

    [Theory]
    [InlineData("0123")]
    [InlineData("1e3")]
    [InlineData("true")]
    public void Read_TextThatLooksLikeAnotherType_IsTakenAsItIsWritten(string token) =>
        Assert.Equal(token, KubeconfigFile.Read(Write("config", $"users: [{{name: a, user: {{token: {token}}}}}]")).Users.Single().UserCredentials.Token);

    [Fact]
    public void Read_Json_IsTheSame()
    {
        var read = KubeconfigFile.Read(Write("config", """
            {"current-context": "a", "clusters": [{"name": "a", "cluster": {"server": "http://127.0.0.1:1"}}],
             "contexts": [{"name": "a", "context": {"cluster": "a", "user": "a"}}], "users": [{"name": "a", "user": {"token": "null"}}]}
            """));
        Assert.Equal(("a", "http://127.0.0.1:1", "null"), (read.CurrentContext, read.Clusters.Single().ClusterEndpoint.Server, read.Users.Single().UserCredentials.Token));
    }

    [Fact]
    public void Read_SeveralFiles_TheFirstToNameSomethingCounts()
    {
        var first = Write("first", "clusters: [{name: a, cluster: {server: http://first}}]");
        var second = Write("second", "current-context: a\nclusters: [{name: a, cluster: {server: http://second}}, {name: b, cluster: {server: http://b}}]");
        var third = Write("third", "current-context: b\nusers: [{name: u, user: {token: t}}]");
        var read = KubeconfigFile.Read([first, Path.Combine(_folder, "missing"), Write("empty", ""), second, third]);
        Assert.Equal("a", read.CurrentContext);
        Assert.Equal(["a http://first", "b http://b"], read.Clusters.Select(cluster => $"{cluster.Name} {cluster.ClusterEndpoint.Server}"));
        Assert.Equal("t", read.Users.Single().UserCredentials.Token);
        Assert.Empty(read.Contexts);
    }

    [Theory]
    [InlineData("clusters: {}", "line 1: clusters must be a list")]
    [InlineData("clusters: [a]", "line 1: clusters must be a list of objects")]
    [InlineData("clusters: [{name: a, cluster: b}]", "line 1: cluster must be an object")]
    [InlineData("users:\n- {name: [a]}", "line 2: name must be a text")]
    [InlineData("users: [{name: a, user: {as-groups: [[]]}}]", "line 1: as-groups must be a list of texts")]
    [InlineData("clusters: [{name: a, cluster: {insecure-skip-tls-verify: maybe}}]", "line 1: insecure-skip-tls-verify must be true or false")]
    [InlineData("", "this is no kubeconfig")]
    [InlineData("- a", "this is no kubeconfig")]
    public void Read_SomethingElse_SaysWhatAndWhere(string text, string why)
    {
        var path = Write("config", text);
        Assert.Equal($"{path}: {why}", Assert.Throws<FormatException>(() => KubeconfigFile.Read(path)).Message);
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}

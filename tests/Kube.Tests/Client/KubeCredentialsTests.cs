using System.Text;
using k8s.Exceptions;
using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Client;

namespace Knative.Xds.Kube.Tests.Client;

public sealed class KubeCredentialsTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("kxds-kube").FullName;
    private SecureApi _api = null!;

    public async ValueTask InitializeAsync() => _api = await SecureApi.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _api.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Find_ClientCertificateInTheKubeconfig_IsPresented()
    {
        var (certificate, key) = _api.Client("CN=tester");
        Assert.StartsWith("CN=tester ", await WhoAmIAsync(Authority(_api.AuthorityPem), $"client-certificate-data: {Base64(certificate)}, client-key-data: {Base64(key)}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Find_ClientCertificateInFilesBesideTheKubeconfig_IsPresented()
    {
        var (certificate, key) = _api.Client("CN=tester");
        File.WriteAllText(Path.Combine(_folder, "tls.crt"), certificate);
        File.WriteAllText(Path.Combine(_folder, "tls.key"), key);
        File.WriteAllText(Path.Combine(_folder, "ca.crt"), _api.AuthorityPem);
        Assert.StartsWith("CN=tester ", await WhoAmIAsync("certificate-authority: ca.crt", "client-certificate: tls.crt, client-key: tls.key"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Find_Token_IsSentOverHttp2() =>
        Assert.Equal(" Bearer secret HTTP/2", await WhoAmIAsync(Authority(_api.AuthorityPem), "token: secret"));

    [Fact]
    public async Task Find_UnknownAuthority_IsRefused()
    {
        await using var other = await SecureApi.StartAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => WhoAmIAsync(Authority(other.AuthorityPem), "token: secret"));
    }

    [Fact]
    public async Task Find_AnotherServerName_IsRefused() =>
        await Assert.ThrowsAsync<HttpRequestException>(() => WhoAmIAsync(Authority(_api.AuthorityPem) + ", tls-server-name: other.example.com", "token: secret"));

    [Fact]
    public async Task Find_VerificationTurnedOff_IsAccepted() =>
        Assert.Equal(" Bearer secret HTTP/2", await WhoAmIAsync("insecure-skip-tls-verify: true", "token: secret"));

    [Fact]
    public async Task Find_ProgramForCredentials_ItsTokenIsSentAndAskedForAgainOnceItHasRunOut()
    {
        Program("echo x >> asked", Credential($"\"token\": \"t$(wc -l < asked)\", \"expirationTimestamp\": \"2020-01-01T00:00:00Z\""));
        Assert.Equal(" Bearer t2 HTTP/2", await WhoAmIAsync(Authority(_api.AuthorityPem), Login));
    }

    [Fact]
    public async Task Find_ProgramForCredentials_ATokenThatLastsIsAskedForOnce()
    {
        Program("echo x >> asked", Credential("\"token\": \"t$(wc -l < asked)\""));
        Assert.Equal(" Bearer t1 HTTP/2", await WhoAmIAsync(Authority(_api.AuthorityPem), Login));
    }

    [Fact]
    public async Task Find_ProgramForCredentials_ItsCertificateIsPresented()
    {
        var (certificate, key) = _api.Client("CN=tester");
        Program("", Credential($"\"clientCertificateData\": \"{OneLine(certificate)}\", \"clientKeyData\": \"{OneLine(key)}\""));
        Assert.StartsWith("CN=tester ", await WhoAmIAsync(Authority(_api.AuthorityPem), Login), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("echo no entry >&2; exit 3", "", "sh ended with code 3: no entry")]
    [InlineData("", "{", "sh gave something else than JSON of that kind")]
    [InlineData("", "{\"status\": 1}", "sh gave something else than JSON of that kind")]
    [InlineData("", "{}", "sh gave no ExecCredential of client.authentication.k8s.io/v1 with a token or a certificate")]
    public async Task Find_ProgramThatGivesNoCredentials_ItsWordsAreInTheError(string does, string says, string why)
    {
        Program(does, says);
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => WhoAmIAsync(Authority(_api.AuthorityPem), Login));
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Find_ProgramGivesNoTokenOnceTheFirstHasRunOut_RequestsFailAsThoseThatFindNoApi()
    {
        Program("echo x >> asked; [ $(wc -l < asked) = 1 ] || { echo no more >&2; exit 1; }", Credential("\"token\": \"t\", \"expirationTimestamp\": \"2020-01-01T00:00:00Z\""));
        var error = await Assert.ThrowsAsync<HttpRequestException>(() => WhoAmIAsync(Authority(_api.AuthorityPem), Login));
        Assert.Equal("sh ended with code 1: no more", error.Message);
    }

    [Fact]
    public void Ask_OutputIsHeldOpenByWhatTheProgramStarted_EndsInTime()
    {
        Program("sleep 30 &", Credential("\"token\": \"t\""));
        var program = new CredentialProgram(new() { ApiVersion = "client.authentication.k8s.io/v1", Command = "sh", Arguments = [Path.Combine(_folder, "login")] }, TimeSpan.FromSeconds(1), TimeProvider.System);
        Assert.Equal("sh: no credentials within 00:00:01", Assert.Throws<KubeConfigException>(program.Ask).Message);
    }

    [Fact]
    public async Task Find_ProgramWithoutACommand_IsRefused()
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => WhoAmIAsync(Authority(_api.AuthorityPem), "exec: {apiVersion: client.authentication.k8s.io/v1}"));
        Assert.Contains("exec needs apiVersion and command", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Find_ProgramForCredentialsIsMissing_TheErrorSaysHowToGetIt()
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => WhoAmIAsync(Authority(_api.AuthorityPem), Exec("./login")));
        Assert.Contains("login", error.Message, StringComparison.Ordinal);
        Assert.Contains("(get it there)", error.Message, StringComparison.Ordinal);
    }

    private string Login => Exec($"sh, args: [{Path.Combine(_folder, "login")}]");

    private static string Exec(string command) => $"exec: {{apiVersion: client.authentication.k8s.io/v1, command: {command}, installHint: get it there, interactiveMode: Never}}";

    private static string Credential(string status) => $$"""{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": { {{status}} } }""";

    private static string OneLine(string pem) => pem.Replace("\n", "\\n", StringComparison.Ordinal);

    private void Program(string does, string says)
    {
        var path = Path.Combine(_folder, "login");
        File.WriteAllText(path, $"#!/bin/sh\ncd \"$(dirname \"$0\")\"\n{does}\ncat <<END\n{says}\nEND\n");
    }

    private async Task<string> WhoAmIAsync(string cluster, string user)
    {
        var path = Path.Combine(_folder, "config");
        await File.WriteAllTextAsync(path, $$"""
            apiVersion: v1
            kind: Config
            current-context: a
            clusters: [{name: a, cluster: {server: "{{_api.Address}}", {{cluster}} } }]
            contexts: [{name: a, context: {cluster: a, user: a} }]
            users: [{name: a, user: { {{user}} } }]
            """);
        using var client = KubeClient.Create(new KubeClientOptions { Kubeconfig = path });
        return (await client.FindAsync<V1ConfigMap>(new ObjectKey("ns", "a"), CancellationToken.None))!.Metadata.Name;
    }

    private static string Authority(string pem) => $"certificate-authority-data: {Base64(pem)}";

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}

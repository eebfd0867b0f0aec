using Knative.Xds.Testing;
using Knative.Xds.XdsServer;

namespace Knative.Xds.Integration.Xds;

public sealed class CredentialTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Kubeconfig_ProgramForCredentials_IsAskedAndToldWhoAsks()
    {
        await using var stack = await XdsStack.StartAsync();
        var folder = Directory.CreateTempSubdirectory("kxds-login").FullName;
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder, "login"), $$$"""
                #!/bin/sh
                printf %s "$KUBERNETES_EXEC_INFO" > "{{{folder}}}/told-$1-$PROFILE"
                echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"t"}}'
                """, Token);
            await File.WriteAllTextAsync(Path.Combine(folder, "config"), $$$"""
                apiVersion: v1
                kind: Config
                current-context: a
                clusters: [{name: a, cluster: {server: "{{{stack.Client.BaseAddress}}}"}}]
                contexts: [{name: a, context: {cluster: a, user: a}}]
                users: [{name: a, user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: sh, args: ["{{{folder}}}/login", x], env: [{name: PROFILE, value: dev}], interactiveMode: Never} } }]
                """, Token);
            await using var server = await XdsServerUnderTest.StartAsync(new XdsServerOptions { Kubeconfig = Path.Combine(folder, "config"), AdminListen = "127.0.0.1:0", Listen = "127.0.0.1:0" });
            await Eventually.TrueAsync(server.IsReadyAsync, XdsStack.Limit);
            Assert.Equal("{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\",\"spec\":{\"interactive\":false}}", await File.ReadAllTextAsync(Path.Combine(folder, "told-x-dev"), Token));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}

using Knative.Xds.Integration.Kingress.Harness;
using Knative.Xds.Integration.Xds;
using Knative.Xds.Testing;

namespace Knative.Xds.Integration.Kingress.Edge;

/// <summary>Whom a gateway takes for the client: its access log tells.</summary>
[Collection(ConfiguredGateways.Name)]
public sealed class ClientAddressTests(ConfiguredWorld shared)
{
    private const string Forwarded = "198.51.100.1, 198.51.100.2";

    [Theory]
    [InlineData("0", "true", "127.0.0.1")]
    [InlineData("1", "true", "198.51.100.2")]
    [InlineData("2", "true", "198.51.100.1")]
    [InlineData("0", "false", "198.51.100.2")]
    public async Task TrustedHopsAndRemoteAddress_DecideWhoseAddressCounts(string hops, string remote, string client)
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        await ns.ReadyAsync("i", Spec.External(ns.Host("a"), Spec.All(Spec.To("runtime"))));
        using var gateway = await shared.ConfigureAsync(
            ("trusted-hops-count", hops), ("use-remote-address", remote), ("service-access-log-template", "MARK address=%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT% host=%REQ(:AUTHORITY)% path=%REQ(:PATH)%\n"));

        await Eventually.TrueAsync(async () => (await gateway.GetAsync(ns.Host("a"), "/asked", ("X-Forwarded-For", Forwarded))).Code == 200, XdsStack.Limit);

        Assert.Contains($" address={client} ", await shared.LogLineAsync($"host={ns.Host("a")} path=/asked"), StringComparison.Ordinal);
    }
}

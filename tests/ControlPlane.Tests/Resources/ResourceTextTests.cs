using Envoy.Config.Core.V3;
using Envoy.Extensions.TransportSockets.Tls.V3;
using Knative.Xds.ControlPlane.Resources;

namespace Knative.Xds.ControlPlane.Tests.Resources;

public sealed class ResourceTextTests
{
    [Fact]
    public void Json_OfASecret_HasTheCertificateAndNoKey()
    {
        var secret = EncodedResource.Of(new Secret
        {
            Name = "default/tls",
            TlsCertificate = new TlsCertificate { CertificateChain = new DataSource { InlineString = "the chain" }, PrivateKey = new DataSource { InlineString = "the key" } },
        });

        var text = ResourceText.Json(secret);

        Assert.Equal("""{ "name": "default/tls", "tlsCertificate": { "certificateChain": { "inlineString": "the chain" }, "privateKey": { "inlineString": "[redacted]" } } }""", text.Replace("\"@type\": \"type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret\", ", "", StringComparison.Ordinal));
        Assert.Equal("the key", secret.Body.Unpack<Secret>().TlsCertificate.PrivateKey.InlineString);
    }

    [Fact]
    public void HoldsKeys_IsTrueForSecretsAlone() => Assert.Equal([ResourceType.Secret], ResourceTypes.All.Where(type => type.HoldsKeys()));
}

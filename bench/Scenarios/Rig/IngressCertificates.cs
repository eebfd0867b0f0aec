using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using k8s.Models;
using Knative.Xds.Core.Wire;
using Knative.Xds.Kube.Api;

namespace Knative.Xds.Scenarios.Rig;

/// <summary>A certificate for the two hosts of each ingress, each in a Secret of its own.</summary>
internal static class IngressCertificates
{
    /// <summary>How an ingress names its certificate.</summary>
    public static KIngressTls Of(int ingress) => new()
    {
        Hosts = [IngressObjects.Host(ingress, 0), IngressObjects.Host(ingress, 1)],
        SecretName = NameOf(ingress),
        SecretNamespace = IngressObjects.Namespace,
    };

    /// <summary>The Secret.</summary>
    /// <param name="ingress">The ingress.</param>
    /// <param name="isLabelled">It has the label that Knative's own certificates have.</param>
    public static V1Secret Secret(int ingress, bool isLabelled)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={IngressObjects.Name(ingress)}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(IngressObjects.Host(ingress, 0));
        names.AddDnsName(IngressObjects.Host(ingress, 1));
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddHours(-1), now.AddDays(1));
        return new V1Secret
        {
            Metadata = new V1ObjectMeta
            {
                NamespaceProperty = IngressObjects.Namespace,
                Name = NameOf(ingress),
                Labels = isLabelled ? new Dictionary<string, string> { [Labels.CertificateUid] = IngressObjects.Name(ingress) } : null,
            },
            Type = "kubernetes.io/tls",
            Data = new Dictionary<string, byte[]>
            {
                ["tls.crt"] = Encoding.ASCII.GetBytes(certificate.ExportCertificatePem()),
                ["tls.key"] = Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem()),
            },
        };
    }

    private static string NameOf(int ingress) => $"{IngressObjects.Name(ingress)}-tls";
}

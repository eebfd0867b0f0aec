using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.RegularExpressions;
using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Client;

namespace Knative.Xds.Kube.Projections;

/// <summary>The Secret and the ConfigMaps that say whom to trust, to one PEM of certificates.</summary>
/// <remarks>Pure, total. Equal sets of certificates give equal text. Source: knative/networking pkg/certificates, knative-extensions/net-kourier pkg/generator/ingress_translator.go.</remarks>
public static partial class TrustBundleProjection
{
    private const string AuthorityEntry = "ca.crt";

    /// <summary>Projects what is there; a bundle that holds anything but certificates is left out whole, as a problem.</summary>
    /// <returns>The certificates, PEM; empty when there is none.</returns>
    public static Projected<string> Project(V1Secret? secret, IEnumerable<V1ConfigMap> bundles)
    {
        var problems = ImmutableArray.CreateBuilder<Problem>();
        var certificates = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var (owner, entry, text) in Texts(secret, bundles))
        {
            if (Read(text) is { IsEmpty: false } read)
            {
                certificates.UnionWith(read);
            }
            else
            {
                var list = new ProblemList(owner);
                list.Invalid($"data[{entry}]", "holds something else than certificates in PEM");
                problems.AddRange(list.ToImmutable());
            }
        }

        return new(string.Concat(certificates), problems.ToImmutable());
    }

    private static IEnumerable<(ObjectKey Owner, string Entry, string Text)> Texts(V1Secret? secret, IEnumerable<V1ConfigMap> bundles)
    {
        if (secret?.Data?.TryGetValue(AuthorityEntry, out var authority) == true && authority is { Length: > 0 })
        {
            yield return (KubeJson.KeyOf(secret), AuthorityEntry, Encoding.UTF8.GetString(authority));
        }

        foreach (var bundle in bundles)
        {
            foreach (var (entry, text) in bundle.Data ?? new Dictionary<string, string>())
            {
                yield return (KubeJson.KeyOf(bundle), entry, text ?? "");
            }
        }
    }

    /// <summary>Each certificate as PEM; empty when something is none, or there is none.</summary>
    private static ImmutableArray<string> Read(string text)
    {
        var collection = new X509Certificate2Collection();
        try
        {
            if (Blocks().Matches(text).Any(block => block.Groups[1].Value != "CERTIFICATE"))
            {
                return [];
            }

            collection.ImportFromPem(text);
            return [.. collection.Select(certificate => certificate.ExportCertificatePem() + "\n")];
        }
        catch (CryptographicException)
        {
            return [];
        }
        finally
        {
            foreach (var certificate in collection)
            {
                certificate.Dispose();
            }
        }
    }

    [GeneratedRegex("-----BEGIN ([^\r\n]*?)-----")]
    private static partial Regex Blocks();
}

using System.Collections.Immutable;
using System.Globalization;
using Knative.Xds.ControlPlane.Translation;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;

namespace Knative.Xds.Micro;

/// <summary>The ingress of every measurement: two hosts, two splits of two headers each.</summary>
internal sealed class SampleIngress : IBackendLookup
{
    private const string Namespace = "default";

    /// <summary>An ingress whose traffic goes to its first split by this percentage.</summary>
    public static Ingress Make(int number, int percent)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"ing-{number:00000}");
        return new Ingress
        {
            Key = new ObjectKey(Namespace, name),
            Rules =
            [
                new IngressRule(
                    [$"h0.{name}.bench.example.com", $"h1.{name}.bench.example.com"],
                    IngressVisibility.ExternalIP,
                    [new IngressPath { Splits = [Split($"{name}-a", percent), Split($"{name}-b", 100 - percent)] }]),
            ],
        };
    }

    /// <inheritdoc/>
    public BackendService? FindService(ObjectKey key) => new() { Key = key, Ports = [new BackendServicePort("http", 80, new ServicePortRef(8012, null), null)] };

    /// <inheritdoc/>
    public CertificateReading FindCertificate(ObjectKey secret) => default;

    private static IngressSplit Split(string revision, int percent) => new()
    {
        Service = new ObjectKey(Namespace, revision),
        Port = new ServicePortRef(80, null),
        Percent = percent,
        AppendHeaders = ImmutableSortedDictionary<string, string>.Empty.Add(HeaderNames.RevisionName, revision).Add(HeaderNames.RevisionNamespace, Namespace),
    };
}

using Knative.Xds.Kube.Client;

namespace Knative.Xds.Scenarios.Rig;

/// <summary>Brings the objects of a scenario to an API, many at a time.</summary>
internal static class IngressSetup
{
    private const int Parallel = 24;

    /// <summary>Creates the Services and endpoints of ingresses 0 to <paramref name="count"/> − 1.</summary>
    public static Task CreateServicesAsync(KubeClient client, IReadOnlyList<int> ports, int count, CancellationToken cancellationToken) => ForEachAsync(
        count,
        async (ingress, token) =>
        {
            foreach (var (side, port) in IngressObjects.Sides.Zip(ports))
            {
                await client.CreateAsync(IngressObjects.Service(ingress, side), token);
                await client.CreateAsync(IngressObjects.Slice(ingress, side, port), token);
            }
        },
        cancellationToken);

    /// <summary>Creates ingresses 0 to <paramref name="count"/> − 1; all traffic goes to a.</summary>
    /// <param name="client">The API.</param>
    /// <param name="count">How many.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <param name="certificates">How many of them, from the first on, name a certificate.</param>
    public static Task CreateIngressesAsync(KubeClient client, int count, CancellationToken cancellationToken, int certificates = 0) => ForEachAsync(
        count,
        (ingress, token) =>
        {
            var created = IngressObjects.Ingress(ingress, 100);
            created.Spec!.Tls = ingress < certificates ? [IngressCertificates.Of(ingress)] : null;
            return client.CreateAsync(created, token);
        },
        cancellationToken);

    /// <summary>Creates the certificates of ingresses 0 to <paramref name="count"/> − 1.</summary>
    public static Task CreateCertificatesAsync(KubeClient client, int count, bool areLabelled, CancellationToken cancellationToken) =>
        ForEachAsync(count, (ingress, token) => client.CreateAsync(IngressCertificates.Secret(ingress, areLabelled), token), cancellationToken);

    private static Task ForEachAsync(int count, Func<int, CancellationToken, Task> create, CancellationToken cancellationToken) =>
        System.Threading.Tasks.Parallel.ForEachAsync(
            Enumerable.Range(0, count),
            new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = cancellationToken },
            async (ingress, token) => await create(ingress, token));
}

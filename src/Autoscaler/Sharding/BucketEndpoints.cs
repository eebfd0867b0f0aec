using System.Net;
using System.Net.Sockets;
using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;
using Knative.Xds.Kube.Client;

namespace Knative.Xds.Autoscaler.Sharding;

/// <summary>Leads the Service of a bucket's name to the replica that owns it, for replicas that cannot reach it by its address.</summary>
/// <remarks>Source: knative/serving pkg/autoscaler/statforwarder/leases.go. Upstream ends the process when this fails for 3 s; here the replica goes on and tries again.</remarks>
internal sealed class BucketEndpoints(KubeClient client, Ownership ownership, AutoscalerOptions options, TimeProvider time, ILogger<BucketEndpoints> logger)
{
    private const int QuickTries = 30;
    private static readonly TimeSpan QuickRetry = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan SlowRetry = TimeSpan.FromSeconds(10);

    /// <summary>Tries until it is done, or until the bucket is lost. Never throws but for cancellation.</summary>
    public async Task EnsureAsync(int bucket, CancellationToken cancellationToken)
    {
        var name = ownership.Buckets!.Names[bucket];
        for (var tries = 1; ownership.OwnsBucket(bucket); tries++)
        {
            try
            {
                await WriteAsync(name, cancellationToken);
                return;
            }
            catch (Exception error) when (!cancellationToken.IsCancellationRequested)
            {
                if (tries == QuickTries)
                {
                    ShardingLog.EndpointsFailed(logger, name, error.Message);
                }
            }

            await Task.Delay(tries < QuickTries ? QuickRetry : SlowRetry, time, cancellationToken);
        }
    }

    internal async Task WriteAsync(string bucket, CancellationToken cancellationToken)
    {
        var key = new ObjectKey(options.SystemNamespace, bucket);
        if (await client.FindAsync<V1Service>(key, cancellationToken) is null)
        {
            await client.CreateAsync(ServiceOf(key), cancellationToken);
        }

        var wanted = SliceOf(key, options.PodIp);
        var found = await client.FindAsync<V1EndpointSlice>(key, cancellationToken);
        if (found is null)
        {
            await client.CreateAsync(wanted, cancellationToken);
        }
        else if (found.AddressType != wanted.AddressType)
        {
            // The type of a slice cannot change.
            await client.DeleteAsync<V1EndpointSlice>(key, cancellationToken);
            await client.CreateAsync(wanted, cancellationToken);
        }
        else if (found.Endpoints is not [{ Addresses: [var address] }] || address != options.PodIp)
        {
            wanted.Metadata = found.Metadata;
            await client.ReplaceAsync(wanted, cancellationToken);
        }
    }

    private static V1Service ServiceOf(ObjectKey key) => new()
    {
        Metadata = new V1ObjectMeta { Name = key.Name, NamespaceProperty = key.Namespace },
        Spec = new V1ServiceSpec { Ports = [new V1ServicePort { Name = Ports.NameHttp, Port = Ports.AutoscalerStats, TargetPort = Ports.AutoscalerStats, Protocol = "TCP" }] },
    };

    private static V1EndpointSlice SliceOf(ObjectKey key, string address) => new()
    {
        Metadata = new V1ObjectMeta
        {
            Name = key.Name,
            NamespaceProperty = key.Namespace,
            Labels = new Dictionary<string, string> { [Labels.SliceService] = key.Name },
        },
        AddressType = IPAddress.TryParse(address, out var ip) && ip.AddressFamily == AddressFamily.InterNetworkV6 ? "IPv6" : "IPv4",
        Endpoints = [new V1Endpoint { Addresses = [address], Conditions = new V1EndpointConditions { Ready = true } }],
        Ports = [new Discoveryv1EndpointPort { Name = Ports.NameHttp, Port = Ports.AutoscalerStats, Protocol = "TCP" }],
    };
}

using Knative.Xds.Scenarios.Rig;

namespace Knative.Xds.Scenarios.Soak;

/// <summary>The gateways that requests are sent to: a load balancer takes one out before it goes and in after it is ready.</summary>
internal sealed class Rotation
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan HandOver = TimeSpan.FromMilliseconds(100);
    private volatile GatewayClient[] _clients = [];

    /// <summary>One of them, at random.</summary>
    public GatewayClient Next()
    {
        var clients = _clients;
        return clients[Random.Shared.Next(clients.Length)];
    }

    public void Add(GatewayClient client) => _clients = [.. _clients, client];

    /// <summary>Takes one out; returns when its last request has been answered.</summary>
    public async Task RemoveAsync(GatewayClient client, CancellationToken cancellationToken)
    {
        _clients = [.. _clients.Where(other => other != client)];
        // Who has just been handed it has yet to send.
        await Task.Delay(HandOver, TimeProvider.System, cancellationToken);
        while (client.InFlight > 0)
        {
            await Task.Delay(Poll, TimeProvider.System, cancellationToken);
        }
    }
}

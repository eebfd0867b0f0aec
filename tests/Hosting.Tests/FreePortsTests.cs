using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Knative.Xds.Testing;

namespace Knative.Xds.Hosting.Tests;

/// <summary>A port that two tests were given cost one of them its server, once in a few hundred starts.</summary>
public sealed class FreePortsTests
{
    [Fact]
    public void Take_ManyAtOnce_GivesNoPortTwice()
    {
        var given = new ConcurrentBag<int>();

        Parallel.For(0, 500, _ => Array.ForEach(FreePorts.Take(2), given.Add));

        Assert.Equal(1_000, given.Distinct().Count());
        Assert.All(given, port => Assert.InRange(port, 20_000, 32_767));
    }

    [Fact]
    public void Take_NextPortIsTaken_GivesAnother()
    {
        var next = FreePorts.Take(1)[0] + 1;
        using var other = new TcpListener(IPAddress.Loopback, next);
        other.Start();

        Assert.DoesNotContain(next, FreePorts.Take(2));
    }
}

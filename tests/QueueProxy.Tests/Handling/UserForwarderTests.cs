using System.Net;
using System.Net.Sockets;
using Knative.Xds.QueueProxy.Handling;
using Microsoft.Extensions.Logging.Abstractions;
using Yarp.ReverseProxy.Forwarder;

namespace Knative.Xds.QueueProxy.Tests.Handling;

public sealed class UserForwarderTests
{
    [Fact]
    public async Task Rehearse_UserThatListens_GoesThroughWithoutIt()
    {
        using var user = new TcpListener(IPAddress.Loopback, 0);
        user.Start();
        using var forwarder = new UserForwarder(new QueueOptions { UserPort = ((IPEndPoint)user.LocalEndpoint).Port }, TimeProvider.System, NullLoggerFactory.Instance);

        Assert.Equal(ForwarderError.None, await forwarder.RehearseAsync());

        Assert.False(user.Pending());
    }
}

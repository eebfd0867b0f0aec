using System.Buffers;
using System.Text;
using Knative.Xds.QueueProxy.Listening;

namespace Knative.Xds.QueueProxy.Tests.Listening;

public sealed class Http2PrefaceTests
{
    [Theory]
    [InlineData("", null)]
    [InlineData("P", null)]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r", null)]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", true)]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nmore", true)]
    [InlineData("POST", false)]
    [InlineData("PRI * HTTP/1.1\r\n", false)]
    [InlineData("GET / HTTP/1.1\r\n", false)]
    public void Matches_FirstBytes_TellsAsEarlyAsPossible(string bytes, bool? expected) =>
        Assert.Equal(expected, Http2Preface.Matches(new ReadOnlySequence<byte>(Encoding.ASCII.GetBytes(bytes))));
}

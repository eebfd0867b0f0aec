using Knative.Xds.QueueProxy.Handling;

namespace Knative.Xds.QueueProxy.Tests.Handling;

public sealed class ForwardedHeaderTests
{
    [Theory]
    [InlineData("", "", "", "")]
    [InlineData("127.0.0.1", "", "", "for=127.0.0.1")]
    [InlineData("127.0.0.1,::1", "example.com", "https", "for=127.0.0.1;host=example.com;proto=https, for=\"[::1]\"")]
    [InlineData("", "example.com", "http", "host=example.com;proto=http")]
    [InlineData("127.0.0.1, ::1", "h", "p", "for=127.0.0.1;host=h;proto=p, for=\"[::1]\"")]
    [InlineData("127.0.0.1, ::1", "", "p", "for=127.0.0.1;proto=p, for=\"[::1]\"")]
    [InlineData("", "h", "", "host=h")]
    [InlineData("", "", "p", "proto=p")]
    [InlineData(",,,", "", "", "for=, for=, for=")]
    [InlineData("a,", "", "", "for=a")]
    public void Build_XForwardedHeaders_GivesOneElementPerAddress(string addresses, string host, string protocol, string expected) =>
        Assert.Equal(expected, ForwardedHeader.Build(addresses, host, protocol));
}

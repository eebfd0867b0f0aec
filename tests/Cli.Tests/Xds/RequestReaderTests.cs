using Knative.Xds.Cli.Admin;
using Knative.Xds.Cli.Xds;

namespace Knative.Xds.Cli.Tests.Xds;

public sealed class RequestReaderTests
{
    [Fact]
    public void Read_UrlAndHeaders_BecomeTheRequest()
    {
        var request = RequestReader.Read("get", "https://a.example.com:8443/x?y=1", ["Tag: blue"], local: false);

        Assert.Equal(("GET", "https", "a.example.com:8443", "/x?y=1", "external"), (request.Method, request.Scheme, request.Host, request.Path, request.Visibility));
        Assert.Equal("blue", request.Header("tag"));
        Assert.Equal("https", request.Header("X-Forwarded-Proto"));
    }

    [Fact]
    public void Read_HostHeader_WinsOverTheUrl()
    {
        var request = RequestReader.Read("GET", "127.0.0.1:8080", ["host: b.example.com"], local: true);

        Assert.Equal(("b.example.com", "/", "local"), (request.Host, request.Path, request.Visibility));
        Assert.Empty(request.Headers);
    }

    [Theory]
    [InlineData("ftp://a", "Tag: blue", "ftp://a is no URL of the form http://HOST/PATH")]
    [InlineData("http://a", "blue", "--header \"blue\" is not of the form 'Name: value'")]
    public void Read_Malformed_SaysWhat(string url, string header, string expected) =>
        Assert.Equal(expected, Assert.Throws<CliException>(() => RequestReader.Read("GET", url, [header], local: false)).Message);

    [Theory]
    [InlineData("xds.example.com", "xds.example.com", 18000)]
    [InlineData("xds.example.com:1", "xds.example.com", 1)]
    [InlineData("[::1]:2", "::1", 2)]
    public void Parse_Server_IsHostAndPort(string text, string host, int port) => Assert.Equal((host, port), BootstrapCommand.Parse(text));

    [Fact]
    public void Parse_NoServer_IsRefused() => Assert.Equal("a/b is not HOST or HOST:PORT", Assert.Throws<CliException>(() => BootstrapCommand.Parse("a/b")).Message);
}

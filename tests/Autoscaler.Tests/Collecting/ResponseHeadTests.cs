using System.Text;
using CsCheck;
using Knative.Xds.Autoscaler.Collecting.Direct;

namespace Knative.Xds.Autoscaler.Tests.Collecting;

public class ResponseHeadTests
{
    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: application/protobuf\r\nContent-Length: 7\r\n\r\n", 200, 7, true, false)]
    [InlineData("HTTP/1.1 200\r\ncontent-length:7\r\nCONTENT-TYPE:application/protobuf \r\nConnection: close\r\n\r\n", 200, 7, true, true)]
    [InlineData("HTTP/1.1 503 No\r\nContent-Length: 0\r\nConnection: Keep-Alive\r\n\r\n", 503, 0, false, false)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: application/protobuf; v=1\r\nContent-Length: 7\r\n\r\n", 200, 7, false, false)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Type: application/protobuf\r\nContent-Length: 7\r\n\r\n", 200, 7, false, false)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: application/protobuf\r\nContent-Type: text/plain\r\nContent-Length: 7\r\n\r\n", 200, 7, true, false)]
    public void Read_PlainHead_ReadsIt(string text, int status, long length, bool isStatType, bool closes)
    {
        var bytes = Encoding.ASCII.GetBytes(text + "body");

        Assert.True(ResponseHead.Read(bytes, out var head));

        Assert.Equal((text.Length, status, length, isStatType, closes), (head.Size, head.Status, head.Length, head.IsStatType, head.Closes));
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: application/protobuf\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 7\r\nContent-Length: 7\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: +7\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: -7\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 7x\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n")]
    [InlineData("HTTP/1.1 100 Continue\r\nContent-Length: 7\r\n\r\n")]
    [InlineData("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.0 200 OK\r\nContent-Length: 7\r\n\r\n")]
    [InlineData("HTTP/1.1 2000 OK\r\nContent-Length: 7\r\n\r\n")]
    [InlineData("HTTP/1.1 +20 OK\r\nContent-Length: 7\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length 7\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\n folded: 7\r\n\r\n")]
    [InlineData("\r\n\r\n")]
    [InlineData("nonsense\r\n\r\n")]
    public void Read_AnyOtherHead_IsNotPlain(string text) => Assert.False(ResponseHead.Read(Encoding.ASCII.GetBytes(text), out _));

    [Fact]
    public void Read_PartOfAHead_WaitsForTheRest()
    {
        var bytes = "HTTP/1.1 200 OK\r\nContent-Type: application/protobuf\r\nContent-Length: 7\r\n\r\n"u8;

        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Null(ResponseHead.Read(bytes[..length], out _));
        }
    }

    [Fact]
    public void Read_AnyBytes_NeverThrows() =>
        Gen.OneOf(
            Gen.Byte.Array[0, 300],
            Gen.OneOf(new[] { "HTTP/1.1 ", "200", " OK", "\r\n", "\r", "\n", ":", "content-length: ", "7", "content-type:", "\r\n\r\n", "é", " " }.Select(Gen.Const).ToArray()).Array[0, 12].Select(parts => Encoding.UTF8.GetBytes(string.Concat(parts))))
        .Sample(bytes => ResponseHead.Read(bytes, out var head) != true || (head.Length >= 0 && head.Size <= bytes.Length && head.Status is >= 200 and <= 999));
}

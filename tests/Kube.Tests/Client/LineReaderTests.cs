using System.Text;
using Knative.Xds.Kube.Client;

namespace Knative.Xds.Kube.Tests.Client;

public sealed class LineReaderTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("\n\n", "")]
    [InlineData("one", "one")]
    [InlineData("one\ntwo\n", "one|two")]
    [InlineData("one\n\ntwo", "one|two")]
    public async Task Next_GivesTheLinesThatAreNotEmpty(string text, string lines) => Assert.Equal(lines, string.Join('|', await ReadAsync(text, 64)));

    [Fact]
    public async Task Next_LinesLongerThanTheBufferAndCutAnywhere_AreWhole()
    {
        string[] lines = [.. Enumerable.Range(1, 40).Select(i => new string((char)('a' + (i % 26)), i * 1000))];

        Assert.Equal(lines, await ReadAsync(string.Join('\n', lines), 777));
    }

    private static async Task<List<string>> ReadAsync(string text, int atOnce)
    {
        var lines = new List<string>();
        await using var reader = new LineReader(new Trickle(Encoding.UTF8.GetBytes(text), atOnce));
        while (await reader.NextAsync(TestContext.Current.CancellationToken) is { } line)
        {
            lines.Add(Encoding.UTF8.GetString(line.Span));
        }

        return lines;
    }

    /// <summary>Gives a few bytes at a time, as a network does.</summary>
    private sealed class Trickle(byte[] bytes, int atOnce) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(atOnce, buffer.Length)], cancellationToken);
    }
}

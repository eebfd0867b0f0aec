using System.IO.Pipelines;
using System.Net;
using System.Text;

namespace Knative.Xds.Testing;

/// <summary>A request body that the test speaks while the response comes in.</summary>
public sealed class TalkingContent : HttpContent
{
    private readonly Pipe _pipe = new();

    /// <summary>Sends the text, at once.</summary>
    public async Task SayAsync(string text) => await _pipe.Writer.WriteAsync(Encoding.UTF8.GetBytes(text));

    /// <summary>Nothing more is said.</summary>
    public void End() => _pipe.Writer.Complete();

    /// <inheritdoc/>
    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        while (true)
        {
            var read = await _pipe.Reader.ReadAsync();
            foreach (var part in read.Buffer)
            {
                await stream.WriteAsync(part);
            }

            await stream.FlushAsync();
            _pipe.Reader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                return;
            }
        }
    }

    /// <inheritdoc/>
    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}

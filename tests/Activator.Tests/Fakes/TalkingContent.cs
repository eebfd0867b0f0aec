using System.IO.Pipelines;
using System.Net;
using System.Text;

namespace Knative.Xds.Activator.Tests.Fakes;

/// <summary>A request body that the test speaks while the response comes in.</summary>
internal sealed class TalkingContent : HttpContent
{
    private readonly Pipe _pipe = new();

    public async Task SayAsync(string text) => await _pipe.Writer.WriteAsync(Encoding.UTF8.GetBytes(text));

    public void End() => _pipe.Writer.Complete();

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

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}

using System.Net.Sockets;
using System.Text;

namespace Knative.Xds.Activator.Tests.Fakes;

/// <summary>A request that a <see cref="ScriptedPod"/> got.</summary>
internal sealed class ScriptedRequest(TcpClient client, string head, int connection)
{
    public string Head => head;

    /// <value>Number of its connection; those of probes do not count.</value>
    public int Connection => connection;

    public async Task SayAsync(string text) => await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(text), TestContext.Current.CancellationToken);

    public void Close() => client.Close();
}

using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json.Nodes;
using Knative.Xds.Sandbox.Api.Json;
using Knative.Xds.Sandbox.Api.Storage;
using Microsoft.AspNetCore.Http;

namespace Knative.Xds.Sandbox.Api.Serving;

/// <summary>Writes watch events, one JSON document per line.</summary>
internal sealed class WatchStream(HttpContext http, Representation representation)
{
    private readonly PipeWriter _writer = http.Response.BodyWriter;
    private bool _pending;
    private bool _first = true;

    /// <summary>Sends the headers, so that the client knows the watch stands before anything happens.</summary>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        http.Response.StatusCode = 200;
        http.Response.ContentType = Responses.Json;
        await http.Response.StartAsync(cancellationToken);
        await _writer.FlushAsync(cancellationToken);
    }

    public void Add(string type, StoredObject stored)
    {
        AddLine(type, representation.Event(stored, _first));
        _first = false;
    }

    public void AddBookmark(string version, bool initialEventsEnd) => AddLine("BOOKMARK", representation.Bookmark(version, initialEventsEnd));

    public void AddError(JsonObject status) => AddLine("ERROR", status.ToUtf8());

    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        if (_pending)
        {
            _pending = false;
            await _writer.FlushAsync(cancellationToken);
        }
    }

    private void AddLine(string type, byte[] body)
    {
        _writer.Write("{\"type\":\""u8);
        _writer.Write(System.Text.Encoding.ASCII.GetBytes(type));
        _writer.Write("\",\"object\":"u8);
        _writer.Write(body);
        _writer.Write("}\n"u8);
        _pending = true;
    }
}

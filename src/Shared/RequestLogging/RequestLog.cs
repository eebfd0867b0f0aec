using System.Globalization;
using System.Text;
using System.Threading.Channels;
using Knative.Xds.Core.Templating;
using Knative.Xds.Core.Wire;
using Knative.Xds.Exchanges;
using Microsoft.AspNetCore.Http.Features;

namespace Knative.Xds.RequestLogging;

/// <summary>Writes a line for every request, in the form of a template.</summary>
/// <remarks>
/// A reader that is slow does not hold up requests: lines beyond a queue that is bounded, in lines and in bytes, are left out and counted.
/// Threading: requests write to the queue, one task writes to the output. Source: knative/serving pkg/http/request_log.go.
/// </remarks>
internal sealed class RequestLog : IAsyncDisposable
{
    private const int LinesKept = 8192;
    private readonly bool _logsProbes;
    private readonly Func<HttpContext, LoggedRevision> _revisionOf;
    private readonly TimeProvider _timeProvider;
    private readonly Channel<string> _lines = Channel.CreateBounded<string>(new BoundedChannelOptions(LinesKept) { SingleReader = true });
    private readonly Task _writing;
    private readonly long _mostBytes;
    private readonly Action? _onDropped;
    private volatile GoTemplate _template;
    private long _bytes;
    private long _dropped;

    /// <remarks>Errors: <see cref="GoTemplateException"/> for a malformed template.</remarks>
    public RequestLog(string template, bool logsProbes, Func<HttpContext, LoggedRevision> revisionOf, Stream output, TimeProvider timeProvider, long mostBytes = 8 << 20, Action? onDropped = null)
    {
        (_mostBytes, _onDropped) = (mostBytes, onDropped);
        _template = Parse(template);
        (_logsProbes, _revisionOf, _timeProvider) = (logsProbes, revisionOf, timeProvider);
        _writing = WriteAsync(output);
    }

    /// <summary>Lines that were left out.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Lets a request be handled, and logs what came of it.</summary>
    public Task FollowAsync(HttpContext context, RequestDelegate next) =>
        _logsProbes || !IsProbe(context.Request.Headers) ? HandleAsync(context, next) : next(context);

    /// <summary>Gives lines another form from the next request on; those under way keep the one that they began with.</summary>
    /// <remarks>Errors: <see cref="GoTemplateException"/> for a malformed template.</remarks>
    public void ChangeTo(string template) => _template = Parse(template);

    public async ValueTask DisposeAsync()
    {
        _lines.Writer.TryComplete();
        await _writing;
    }

    private static GoTemplate Parse(string template) => GoTemplate.Parse(template.EndsWith('\n') ? template : template + "\n");

    private async Task HandleAsync(HttpContext context, RequestDelegate next)
    {
        var template = _template;
        var start = _timeProvider.GetTimestamp();
        // Handlers restore the Host; the log has the one that came.
        var host = context.Request.Host.Value ?? "";
        var body = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        var counted = new CountedBody(body);
        context.Features.Set<IHttpResponseBodyFeature>(counted);
        try
        {
            await next(context);
        }
        catch
        {
            Write(template, context, host, new LoggedResponse(StatusCodes.Status500InternalServerError, 0, Seconds(start)));
            throw;
        }
        finally
        {
            context.Features.Set(body);
        }

        var brokeOff = BrokenOff.Is(context);
        Write(template, context, host, new LoggedResponse(brokeOff ? StatusCodes.Status500InternalServerError : context.Response.StatusCode, brokeOff ? 0 : counted.Bytes, Seconds(start)));
    }

    private void Write(GoTemplate template, HttpContext context, string host, LoggedResponse response)
    {
        string line;
        try
        {
            line = template.Execute(new LogInput(context, host, response, _revisionOf(context)));
        }
        catch (GoTemplateException)
        {
            var url = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
            line = string.Create(CultureInfo.InvariantCulture, $"Invalid request log template: method: {context.Request.Method}, response code: {response.Code}, latency: {response.Latency}, url: {url}\n");
        }

        if (!TryKeep(line))
            Drop();
    }

    private void Drop()
    {
        Interlocked.Increment(ref _dropped);
        _onDropped?.Invoke();
    }

    private bool TryKeep(string line)
    {
        if (Interlocked.Add(ref _bytes, Bytes(line)) <= _mostBytes && _lines.Writer.TryWrite(line))
            return true;
        Interlocked.Add(ref _bytes, -Bytes(line));
        return false;
    }

    private static long Bytes(string line) => (long)line.Length * sizeof(char);

    private async Task WriteAsync(Stream output)
    {
        await foreach (var line in _lines.Reader.ReadAllAsync())
        {
            try
            {
                await output.WriteAsync(Encoding.UTF8.GetBytes(line));
                await output.FlushAsync();
            }
            catch (IOException)
            {
                // Nobody reads standard output any more.
                Drop();
            }
            finally
            {
                Interlocked.Add(ref _bytes, -Bytes(line));
            }
        }
    }

    private double Seconds(long start) => _timeProvider.GetElapsedTime(start).TotalSeconds;

    private static bool IsProbe(IHeaderDictionary headers) =>
        headers[HeaderNames.NetworkProbe].ToString().Length > 0
        || headers[HeaderNames.KubeletProbe].ToString().Length > 0
        || headers.UserAgent.ToString().StartsWith(ProbeValues.KubeletUserAgentPrefix, StringComparison.Ordinal);
}

using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;

namespace Knative.Xds.QueueProxy.Exporting;

/// <summary>Sends messages to an OpenTelemetry receiver, over HTTP or gRPC.</summary>
/// <remarks>Errors: a message that cannot be sent is gone; the first failure in a row is logged. Source: open-telemetry specification, OTLP.</remarks>
internal sealed class OtlpClient : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);
    private const int FrameHeader = 5;
    private readonly HttpMessageInvoker _client = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false, ActivityHeadersPropagator = null });
    private readonly string _kind;
    private readonly Uri _endPoint;
    private readonly bool _isGrpc;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private bool _failing;

    /// <param name="kind">What is sent, for people.</param>
    /// <param name="protocol"><c>grpc</c>, otherwise HTTP.</param>
    /// <param name="endPoint">URL of the receiver: over HTTP the whole of it, over gRPC without the method.</param>
    /// <param name="grpcMethod">Service and method.</param>
    /// <param name="timeProvider">Clock of the time limit.</param>
    /// <param name="logger">Hears of failures.</param>
    public OtlpClient(string kind, string protocol, string endPoint, string grpcMethod, TimeProvider timeProvider, ILogger logger)
    {
        (_kind, _isGrpc, _timeProvider, _logger) = (kind, protocol == "grpc", timeProvider, logger);
        var address = Address(endPoint) ?? throw new ArgumentException($"\"{endPoint}\" is not a URL", nameof(endPoint));
        _endPoint = _isGrpc ? new Uri($"{address.OriginalString.TrimEnd('/')}/{grpcMethod}") : address;
    }

    /// <summary>Whether that protocol has a receiver elsewhere.</summary>
    public static bool IsRemote(string protocol) => protocol is "grpc" or "http/protobuf";

    /// <summary>A receiver's URL, of which the scheme may be left out; null when it is none.</summary>
    public static Uri? Address(string endPoint) =>
        Uri.TryCreate(endPoint.Contains("://", StringComparison.Ordinal) ? endPoint : $"http://{endPoint}", UriKind.Absolute, out var address) && address is { Scheme: "http" or "https", Host.Length: > 0 } ? address : null;

    public void Dispose() => _client.Dispose();

    public async Task SendAsync(byte[] message, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Limit, _timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            using var request = Request(message);
            using var response = await _client.SendAsync(request, either.Token);
            await response.Content.CopyToAsync(Stream.Null, either.Token);
            Note(Refusal(response));
        }
        catch (Exception error) when (error is HttpRequestException or IOException or OperationCanceledException)
        {
            Note(error.Message);
        }
    }

    private HttpRequestMessage Request(byte[] message)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, _endPoint) { Content = new ByteArrayContent(_isGrpc ? Frame(message) : message) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(_isGrpc ? "application/grpc" : "application/x-protobuf");
        if (!_isGrpc)
            return request;
        request.Version = HttpVersion.Version20;
        request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
        request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        return request;
    }

    private static byte[] Frame(byte[] message)
    {
        var frame = new byte[FrameHeader + message.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), message.Length);
        message.CopyTo(frame, FrameHeader);
        return frame;
    }

    private string? Refusal(HttpResponseMessage response)
    {
        if (!response.IsSuccessStatusCode)
            return $"status {(int)response.StatusCode}";
        var status = response.TrailingHeaders.TryGetValues("grpc-status", out var values) || response.Headers.TryGetValues("grpc-status", out values) ? values.First() : "0";
        return _isGrpc && status != "0" ? $"grpc-status {status}" : null;
    }

    private void Note(string? problem)
    {
        if (problem is not null && !_failing)
            QueueLog.ExportFailed(_logger, _kind, _endPoint.ToString(), problem);
        _failing = problem is not null;
    }
}

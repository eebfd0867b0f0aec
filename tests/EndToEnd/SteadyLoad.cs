using System.Collections.Concurrent;

namespace Knative.Xds.EndToEnd;

/// <summary>Sends requests at a fixed rate, whatever becomes of the earlier ones, and keeps every answer that was not 200.</summary>
internal sealed class SteadyLoad : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentBag<string> _failures = [];
    private readonly ConcurrentDictionary<string, int> _answers = new();
    private readonly List<Task> _requests = [];
    private readonly HttpClient _client;
    private readonly string _host;
    private readonly long _started = TimeProvider.System.GetTimestamp();
    private long _stopped;
    private readonly Task _loop;

    public SteadyLoad(HttpClient client, string host, int perSecond)
    {
        _client = client;
        _host = host;
        _loop = RunAsync(TimeSpan.FromSeconds(1.0 / perSecond));
    }

    /// <summary>What failed: when it was sent, and status or exception text.</summary>
    public IReadOnlyCollection<string> Failures => _failures;

    /// <summary>Requests sent so far.</summary>
    public int Sent => Volatile.Read(ref _sent);

    /// <summary>200 answers by revision.</summary>
    public IReadOnlyDictionary<string, int> Answers => _answers;

    private int _sent;

    /// <summary>Requests sent per second so far, on average.</summary>
    public double Rate => Sent / TimeProvider.System.GetElapsedTime(_started, Volatile.Read(ref _stopped) is > 0 and var stopped ? stopped : TimeProvider.System.GetTimestamp()).TotalSeconds;

    /// <summary>Stops sending and waits for every answer.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        await _loop;
        Interlocked.CompareExchange(ref _stopped, TimeProvider.System.GetTimestamp(), 0);
        await Task.WhenAll(_requests);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stopping.Dispose();
        _client.Dispose();
    }

    private async Task RunAsync(TimeSpan interval)
    {
        using var timer = new PeriodicTimer(interval);
        try
        {
            while (await timer.WaitForNextTickAsync(_stopping.Token))
            {
                // A machine that is late catches up: the rate holds on average.
                while (_sent < TimeProvider.System.GetElapsedTime(_started) / interval)
                {
                    Interlocked.Increment(ref _sent);
                    _requests.Add(AskAsync());
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
    }

    private async Task AskAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { Host = _host } };
        var sent = TimeProvider.System.GetUtcNow();
        try
        {
            using var response = await _client.SendAsync(request);
            var body = await response.Content.ReadAsStringAsync();
            if ((int)response.StatusCode == 200)
            {
                _answers.AddOrUpdate(body.Split(' ')[3], 1, (_, count) => count + 1);
            }
            else
            {
                _failures.Add($"{sent:HH:mm:ss.fff} {(int)response.StatusCode} {body}");
            }
        }
        catch (Exception error) when (error is HttpRequestException or TaskCanceledException)
        {
            _failures.Add($"{sent:HH:mm:ss.fff} {error.Message}");
        }
    }
}

namespace Knative.Xds.Integration.Kingress.Harness;

/// <summary>Four clients that ask one host without pause, each time with another query.</summary>
internal sealed class Load : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task<List<string>>[] _clients;
    private int _requests;

    public Load(GatewayClient gateway, string host) => _clients = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(() => AskAsync(gateway, host)))];

    /// <summary>Requests so far.</summary>
    public int Requests => _requests;

    /// <summary>Ends the load; returns what was not answered 200.</summary>
    public async Task<List<string>> StopAsync()
    {
        await _stop.CancelAsync();
        return [.. (await Task.WhenAll(_clients)).SelectMany(failures => failures)];
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }

    private async Task<List<string>> AskAsync(GatewayClient gateway, string host)
    {
        var failures = new List<string>();
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var answer = await gateway.GetAsync(host, $"/?request={Interlocked.Increment(ref _requests)}");
                if (answer.Code != 200)
                {
                    failures.Add($"{answer.Code} {answer.Body}");
                }
            }
            catch (HttpRequestException error)
            {
                failures.Add(error.Message);
            }
        }

        return failures;
    }
}

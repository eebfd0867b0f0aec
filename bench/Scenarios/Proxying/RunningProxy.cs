using System.Diagnostics;
using System.Net;
using Knative.Xds.Scenarios.Rig;

namespace Knative.Xds.Scenarios.Proxying;

/// <summary>A candidate that runs.</summary>
internal sealed class RunningProxy : IDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);
    private const int LinesKept = 100;
    private readonly Process _process;
    private readonly List<string> _said = [];

    private RunningProxy(Process process, double startMs) => (_process, StartMs) = (process, startMs);

    /// <summary>From exec to the first accepted connection.</summary>
    public double StartMs { get; }

    public double CpuMs => ProcessFigures.CpuMs(_process.Id);

    public double RssMiB => ProcessFigures.RssMiB(_process.Id);

    /// <remarks>Errors: <see cref="InvalidOperationException"/> when it does not listen.</remarks>
    public static RunningProxy Start(ProxyCandidate candidate)
    {
        var start = Stopwatch.GetTimestamp();
        var process = Process.Start(candidate.Start)!;
        while (!LocalPort.Accepts(new IPEndPoint(IPAddress.Loopback, candidate.Port)))
        {
            if (process.HasExited || Stopwatch.GetElapsedTime(start) > StartLimit)
            {
                throw new InvalidOperationException($"{candidate.Start.FileName} does not listen: {(process.HasExited ? process.StandardError.ReadToEnd() : "no connection")}");
            }

            Thread.Yield();
        }

        var startMs = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        var proxy = new RunningProxy(process, startMs);
        process.OutputDataReceived += proxy.Note;
        process.ErrorDataReceived += proxy.Note;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return proxy;
    }

    /// <summary>Waits until a request is answered with 200.</summary>
    /// <remarks>Errors: <see cref="InvalidOperationException"/> when none is.</remarks>
    public async Task ServingAsync(ProxyCandidate candidate, ProxyProtocol protocol, CancellationToken cancellationToken)
    {
        using var client = new HttpClient { Timeout = AnswerLimit };
        var start = Stopwatch.GetTimestamp();
        while (await ProblemAsync(client, candidate.Port, protocol, cancellationToken) is { } problem)
        {
            if (Stopwatch.GetElapsedTime(start) > StartLimit)
            {
                throw new InvalidOperationException($"{candidate.Start.FileName} did not become ready for {protocol} in {StartLimit.TotalSeconds:0} s: {problem}. It said: {Said}");
            }

            await Task.Delay(Poll, TimeProvider.System, cancellationToken);
        }
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private string Said
    {
        get
        {
            lock (_said)
            {
                return string.Join('\n', _said);
            }
        }
    }

    private void Note(object sender, DataReceivedEventArgs line)
    {
        lock (_said)
        {
            if (line.Data is { } text && _said.Count < LinesKept)
            {
                _said.Add(text);
            }
        }
    }

    /// <summary>Why a request is not answered with 200; null when it is.</summary>
    private static async Task<string?> ProblemAsync(HttpClient client, int port, ProxyProtocol protocol, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{port}/")
        {
            Version = protocol == ProxyProtocol.H2c ? HttpVersion.Version20 : HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        foreach (var (name, value) in RevisionHeaders.All)
        {
            request.Headers.Add(name, value);
        }

        try
        {
            using var response = await client.SendAsync(request, cancellationToken);
            return response.IsSuccessStatusCode ? null : $"it answers {(int)response.StatusCode}";
        }
        catch (Exception error) when (error is HttpRequestException || (error is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return error is HttpRequestException ? error.Message : $"it gives no answer in {AnswerLimit.TotalSeconds:0} s";
        }
    }
}

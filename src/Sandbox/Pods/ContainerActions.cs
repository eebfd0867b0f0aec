using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using k8s.Models;
using Knative.Xds.Sandbox.Processes;

namespace Knative.Xds.Sandbox.Pods;

/// <summary>What probes and hooks do to a container: HTTP requests, TCP connections, commands.</summary>
/// <remarks>Threading: safe. Source: kubernetes pkg/probe and pkg/kubelet/lifecycle.</remarks>
internal sealed class ContainerActions : IDisposable
{
    private readonly HttpMessageInvoker _http;
    private readonly ProcessHost _processes;
    private readonly TimeProvider _time;

    [SuppressMessage("Security", "CA5359", Justification = "kubelet verifies no certificates of the pods that it probes")]
    public ContainerActions(ProcessHost processes, TimeProvider time)
    {
        (_processes, _time) = (processes, time);
        // As kubelet: one connection per probe, redirects are a success as they are, certificates are not verified.
        _http = new HttpMessageInvoker(new SocketsHttpHandler
        {
            PooledConnectionLifetime = TimeSpan.Zero,
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true },
        });
    }

    public void Dispose() => _http.Dispose();

    /// <summary>Runs a probe once.</summary>
    public Task<ProbeResult> ProbeAsync(V1Probe probe, ContainerTarget target, CancellationToken cancellationToken) =>
        RunAsync(new V1LifecycleHandler { HttpGet = probe.HttpGet, TcpSocket = probe.TcpSocket, Exec = probe.Exec }, target, TimeSpan.FromSeconds(probe.TimeoutSeconds ?? 1), cancellationToken);

    /// <summary>Runs a hook or probe once.</summary>
    public async Task<ProbeResult> RunAsync(V1LifecycleHandler action, ContainerTarget target, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return action switch
            {
                { HttpGet: { } get } => await GetAsync(get, target, either.Token),
                { TcpSocket: { } tcp } => await ConnectAsync(tcp, target, either.Token),
                { Exec: { } exec } => await ExecuteAsync(exec, target, either.Token),
                { Sleep: { } sleep } => await SleepAsync(sleep, either.Token),
                _ => new ProbeResult("only httpGet, tcpSocket and exec are supported"),
            };
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return new ProbeResult($"no answer within {timeout.TotalSeconds:0.###} s");
        }
        catch (Exception error) when (error is HttpRequestException or SocketException or IOException or FormatException or ProcessStartException)
        {
            return new ProbeResult(error.Message, (error as SocketException ?? error.InnerException as SocketException)?.SocketErrorCode == SocketError.ConnectionRefused);
        }
    }

    private async Task<ProbeResult> GetAsync(V1HTTPGetAction get, ContainerTarget target, CancellationToken cancellationToken)
    {
        var port = target.Port(get.Port);
        var path = get.Path is { Length: > 0 } given ? given : "/";
        var scheme = string.IsNullOrEmpty(get.Scheme) ? "http" : get.Scheme.ToLowerInvariant();
        var host = string.IsNullOrEmpty(get.Host) ? target.Address : get.Host;
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"{scheme}://{host}:{port}/{path.TrimStart('/')}"));
        request.Headers.ConnectionClose = true;
        request.Headers.TryAddWithoutValidation("User-Agent", "kube-probe/1.36");
        request.Headers.TryAddWithoutValidation("Accept", "*/*");
        foreach (var header in get.HttpHeaders ?? [])
        {
            request.Headers.Remove(header.Name);
            request.Headers.TryAddWithoutValidation(header.Name, header.Value);
        }

        using var response = await _http.SendAsync(request, cancellationToken);
        var code = (int)response.StatusCode;
        return code is >= 200 and < 400 ? default : new ProbeResult($"HTTP probe failed with statuscode: {code}");
    }

    private static async Task<ProbeResult> ConnectAsync(V1TCPSocketAction tcp, ContainerTarget target, CancellationToken cancellationToken)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(string.IsNullOrEmpty(tcp.Host) ? target.Address : tcp.Host, target.Port(tcp.Port), cancellationToken);
        return default;
    }

    private async Task<ProbeResult> ExecuteAsync(V1ExecAction exec, ContainerTarget target, CancellationToken cancellationToken)
    {
        var output = new List<string>();
        void Keep(string line)
        {
            lock (output)
            {
                output.Add(line);
            }
        }

        var process = _processes.Start(new ChildProcessStart
        {
            Command = [.. exec.Command],
            Environment = target.Environment,
            WorkingDirectory = target.WorkingDirectory,
            OnOutput = Keep,
            OnError = Keep,
        });
        await using var killed = cancellationToken.Register(process.Kill);
        var code = await process.Exited;
        cancellationToken.ThrowIfCancellationRequested();
        return code == 0 ? default : new ProbeResult($"exit code {code}: {string.Join(' ', output)}");
    }

    private async Task<ProbeResult> SleepAsync(V1SleepAction sleep, CancellationToken cancellationToken)
    {
        await Task.Delay(TimeSpan.FromSeconds(sleep.Seconds), _time, cancellationToken);
        return default;
    }
}

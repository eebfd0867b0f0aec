using System.Net;
using System.Text.Json;
using Knative.Xds.Autoscaler.Explaining;

namespace Knative.Xds.Cli.Scale;

/// <summary>Reads reports from an autoscaler's admin port.</summary>
/// <remarks>Errors: <see cref="ScaleException"/>.</remarks>
internal sealed class AutoscalerAdmin(Uri address) : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false }) { Timeout = Limit };

    /// <summary>Reads a report of the replica at this address, or of the one that it points to.</summary>
    public async Task<T> ReadAsync<T>(string path, CancellationToken cancellationToken)
    {
        var asked = new Uri(address, path);
        var (status, body, elsewhere) = await GetAsync(asked, "", cancellationToken);
        if (status == HttpStatusCode.TemporaryRedirect && elsewhere is not null)
        {
            (status, body, _) = await GetAsync(elsewhere, $"{body.TrimEnd()}, but ", cancellationToken);
        }

        return status == HttpStatusCode.OK
            ? JsonSerializer.Deserialize<T>(body, ScaleJson.Options) ?? throw new ScaleException($"{asked} answered nothing")
            : throw new ScaleException(body.Length is > 0 and < 500 ? body.TrimEnd() : $"{asked} answered {(int)status}");
    }

    public void Dispose() => _http.Dispose();

    private async Task<(HttpStatusCode Status, string Body, Uri? Elsewhere)> GetAsync(Uri asked, string before, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await _http.GetAsync(asked, cancellationToken);
            return (response.StatusCode, await response.Content.ReadAsStringAsync(cancellationToken), response.Headers.Location);
        }
        catch (Exception error) when (error is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            var problem = error is HttpRequestException ? error.Message : "no answer in time";
            throw new ScaleException($"{before}the autoscaler at {asked.GetLeftPart(UriPartial.Authority)} does not answer ({problem}): give the address of its admin port with --autoscaler", error);
        }
    }
}

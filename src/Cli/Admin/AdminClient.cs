using System.Net;
using System.Text.Json;

namespace Knative.Xds.Cli.Admin;

/// <summary>Reads JSON from the admin port of a program.</summary>
/// <param name="service">What it is, for people, e.g. <c>autoscaler</c>.</param>
/// <param name="option">The option that gives its address, e.g. <c>--autoscaler</c>.</param>
/// <param name="address">Its address.</param>
/// <param name="json">How it writes JSON.</param>
/// <remarks>Errors: <see cref="CliException"/>.</remarks>
internal sealed class AdminClient(string service, string option, Uri address, JsonSerializerOptions json) : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
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
            ? Parse<T>(asked, body)
            : throw new CliException(body.Length is > 0 and < 500 ? body.TrimEnd() : $"{asked} answered {(int)status}");
    }

    public void Dispose() => _http.Dispose();

    private T Parse<T>(Uri asked, string body)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(body, json) ?? throw new CliException($"{asked} answered nothing");
        }
        catch (JsonException error)
        {
            throw new CliException($"{asked} is no {service} of this version ({error.Message}): give another address with {option}", error);
        }
    }

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
            throw new CliException($"{before}the {service} at {asked.GetLeftPart(UriPartial.Authority)} does not answer ({problem}): give the address of its admin port with {option}", error);
        }
    }
}

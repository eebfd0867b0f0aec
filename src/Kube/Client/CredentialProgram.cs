using System.ComponentModel;
using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using k8s.Authentication;
using k8s.Exceptions;
using k8s.KubeConfigModels;
using Knative.Xds.Core.Texts;

namespace Knative.Xds.Kube.Client;

/// <summary>Gets credentials from the program that a kubeconfig names for them; a token again when its time runs out, a certificate once.</summary>
/// <remarks>Source: Kubernetes, "client-go credential plugins". What the program says on standard error is passed on at once: it may ask for something. Threading: any.</remarks>
/// <param name="execution">What the kubeconfig says of it.</param>
/// <param name="limit">How long it may take.</param>
/// <param name="time">Tells when a token has run out.</param>
internal sealed partial class CredentialProgram(ExternalExecution execution, TimeSpan limit, TimeProvider time) : ITokenProvider
{
    private const string InfoVariable = "KUBERNETES_EXEC_INFO";
    // A token that runs out on its way is refused.
    private static readonly TimeSpan Early = TimeSpan.FromSeconds(10);
    private readonly Lock _lock = new();
    private volatile Answer? _last;
    private Task<Answer>? _asking;

    /// <summary>Runs the program.</summary>
    /// <exception cref="KubeConfigException">It gave no credentials; the message has its words.</exception>
    public Answer Ask()
    {
        try
        {
            using var process = Process.Start(StartInfo()) ?? throw new KubeConfigException($"{execution.Command} did not start");
            var (output, words) = (process.StandardOutput.ReadToEndAsync(), PassOnAsync(process.StandardError));
            // Something that it started, and that goes on, may hold its output open.
            if (!process.WaitForExit(limit) || !Task.WaitAll([output, words], limit))
            {
                process.Kill(entireProcessTree: true);
                throw new KubeConfigException($"{execution.Command}: no credentials within {limit}");
            }

            return process.ExitCode == 0
                ? _last = Read(output.Result)
                : throw new KubeConfigException($"{execution.Command} ended with code {process.ExitCode}: {Excerpt.Start(words.Result.Trim(), 300)}");
        }
        catch (Win32Exception missing)
        {
            throw new KubeConfigException($"{execution.Command}: {missing.Message}{(execution.InstallHint is { Length: > 0 } hint ? $" ({hint})" : "")}", missing);
        }
    }

    /// <summary>The token, as a header.</summary>
    /// <exception cref="HttpRequestException">There is none now: a request that needs it fails as one that finds no API.</exception>
    public async Task<AuthenticationHeaderValue> GetAuthenticationHeaderAsync(CancellationToken cancellationToken)
    {
        try
        {
            return new AuthenticationHeaderValue("Bearer", (await CurrentAsync().WaitAsync(cancellationToken)).Token);
        }
        catch (KubeConfigException refusal)
        {
            throw new HttpRequestException(refusal.Message, refusal);
        }
    }

    private Task<Answer> CurrentAsync()
    {
        lock (_lock)
        {
            if (_last is { } last && !(last.ExpirationTimestamp - Early <= time.GetUtcNow()))
            {
                return Task.FromResult(last);
            }

            // All that need it wait for the same one.
            return _asking = _asking is { IsCompleted: false } ? _asking : Task.Run(Ask);
        }
    }

    private static async Task<string> PassOnAsync(StreamReader errors)
    {
        var words = new StringBuilder();
        while (await errors.ReadLineAsync() is { } line)
        {
            await Console.Error.WriteLineAsync(line);
            words.AppendLine(line);
        }

        return words.ToString();
    }

    private ProcessStartInfo StartInfo()
    {
        if (string.IsNullOrEmpty(execution.Command) || string.IsNullOrEmpty(execution.ApiVersion))
        {
            throw new KubeConfigException("exec needs apiVersion and command");
        }

        var start = new ProcessStartInfo(execution.Command, execution.Arguments ?? []) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var variable in execution.EnvironmentVariables ?? [])
        {
            start.Environment[variable.GetValueOrDefault("name", "")] = variable.GetValueOrDefault("value", "");
        }

        start.Environment[InfoVariable] = JsonSerializer.Serialize(new Credential { ApiVersion = execution.ApiVersion, Kind = Credential.KindName, Spec = new Asked { Interactive = false } }, CredentialJson.Default.Credential);
        return start;
    }

    private Answer Read(string output)
    {
        try
        {
            var read = JsonSerializer.Deserialize(output, CredentialJson.Default.Credential);
            return read is { Kind: Credential.KindName, Status: { } status } && read.ApiVersion == execution.ApiVersion && (status.Token ?? status.ClientCertificateData) is not null
                ? status
                : throw new KubeConfigException($"{execution.Command} gave no {Credential.KindName} of {execution.ApiVersion} with a token or a certificate");
        }
        catch (JsonException malformed)
        {
            throw new KubeConfigException($"{execution.Command} gave something else than JSON of that kind: {malformed.Message}", malformed);
        }
    }

    /// <summary>What the program gives: a token, or a certificate and its key in PEM; and until when.</summary>
    internal sealed record Answer(string? Token, string? ClientCertificateData, string? ClientKeyData, DateTimeOffset? ExpirationTimestamp);

    private sealed class Credential
    {
        public const string KindName = "ExecCredential";

        public string? ApiVersion { get; set; }
        public string? Kind { get; set; }
        public Asked? Spec { get; set; }
        public Answer? Status { get; set; }
    }

    private sealed class Asked
    {
        public bool Interactive { get; set; }
    }

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
    [JsonSerializable(typeof(Credential))]
    private sealed partial class CredentialJson : JsonSerializerContext;
}

using System.ComponentModel;
using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization;
using k8s.Authentication;
using k8s.Exceptions;
using k8s.KubeConfigModels;
using Knative.Xds.Core.Texts;

namespace Knative.Xds.Kube.Client;

/// <summary>Gets credentials from the program that a kubeconfig names for them, and again when they run out.</summary>
/// <remarks>Source: Kubernetes, "client-go credential plugins". Errors: <see cref="KubeConfigException"/> with the program's words. Threading: any.</remarks>
internal sealed partial class CredentialProgram(ExternalExecution execution, TimeProvider time) : ITokenProvider
{
    private const string InfoVariable = "KUBERNETES_EXEC_INFO";
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);
    // A token that runs out on its way is refused.
    private static readonly TimeSpan Early = TimeSpan.FromSeconds(10);
    private readonly Lock _lock = new();
    private volatile Answer? _last;
    private Task<Answer>? _asking;

    /// <summary>Runs the program.</summary>
    public Answer Ask()
    {
        try
        {
            using var process = Process.Start(StartInfo()) ?? throw new KubeConfigException($"{execution.Command} did not start");
            var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            if (!process.WaitForExit(Limit))
            {
                process.Kill(entireProcessTree: true);
                throw new KubeConfigException($"{execution.Command}: no credentials within {Limit}");
            }

            return process.ExitCode == 0
                ? _last = Read(output.Result)
                : throw new KubeConfigException($"{execution.Command} ended with code {process.ExitCode}: {Excerpt.Start(errors.Result.Trim(), 300)}");
        }
        catch (Win32Exception missing)
        {
            throw new KubeConfigException($"{execution.Command}: {missing.Message}{(execution.InstallHint is { Length: > 0 } hint ? $" ({hint})" : "")}", missing);
        }
    }

    /// <summary>The token, as a header.</summary>
    public async Task<AuthenticationHeaderValue> GetAuthenticationHeaderAsync(CancellationToken cancellationToken) =>
        new("Bearer", (await CurrentAsync().WaitAsync(cancellationToken)).Token);

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

    private ProcessStartInfo StartInfo()
    {
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
            throw new KubeConfigException($"{execution.Command} gave no JSON: {malformed.Message}", malformed);
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

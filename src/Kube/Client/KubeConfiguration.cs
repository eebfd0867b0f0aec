using System.Security.Cryptography.X509Certificates;
using System.Text;
using k8s;
using k8s.Exceptions;
using k8s.KubeConfigModels;

namespace Knative.Xds.Kube.Client;

/// <summary>Finds the address of the API and the credentials for it.</summary>
internal static class KubeConfiguration
{
    // Somebody may have to log in meanwhile.
    private static readonly TimeSpan CredentialLimit = TimeSpan.FromMinutes(2);

    public static KubernetesClientConfiguration Load(KubeClientOptions options)
    {
        var source = options.Kubeconfig ?? "the default configuration (in-cluster, KUBECONFIG, ~/.kube/config)";
        try
        {
            return Find(options);
        }
        catch (Exception error) when (error is KubeConfigException or IOException or FormatException or UnauthorizedAccessException)
        {
            throw new InvalidOperationException($"Cannot reach a Kubernetes API with {source}: {error.Message}", error);
        }
    }

    /// <summary>The client certificate, from data or files; null when there is none.</summary>
    public static X509Certificate2? ClientCertificate(KubernetesClientConfiguration configuration)
    {
        var certificate = Pem(configuration.ClientCertificateData, configuration.ClientCertificateFilePath);
        var key = Pem(configuration.ClientCertificateKeyData, configuration.ClientKeyFilePath);
        if (certificate is null || key is null)
        {
            return null;
        }

        using var parsed = X509Certificate2.CreateFromPem(certificate, key);
        // Not every platform's TLS takes a key that exists in memory only; through PKCS#12 all of them do.
        return X509CertificateLoader.LoadPkcs12(parsed.Export(X509ContentType.Pkcs12), null);
    }

    private static string? Pem(string? data, string? file)
    {
        if (!string.IsNullOrEmpty(data))
        {
            return Encoding.UTF8.GetString(Convert.FromBase64String(data));
        }

        return string.IsNullOrEmpty(file) ? null : File.ReadAllText(file);
    }

    private static KubernetesClientConfiguration Find(KubeClientOptions options)
    {
        if (!string.IsNullOrEmpty(options.Kubeconfig))
        {
            return Read(options.Kubeconfig, options.Context);
        }

        if (KubernetesClientConfiguration.IsInCluster())
        {
            return KubernetesClientConfiguration.InClusterConfig();
        }

        var files = (Environment.GetEnvironmentVariable("KUBECONFIG") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return files.Length > 1
            ? Of(KubeconfigFile.Read(files), options.Context)
            : Read(files.FirstOrDefault() ?? KubernetesClientConfiguration.KubeConfigDefaultLocation, options.Context);
    }

    private static KubernetesClientConfiguration Read(string path, string? context) => Of(KubeconfigFile.Read(path), context);

    private static KubernetesClientConfiguration Of(K8SConfiguration content, string? context)
    {
        // The package refuses a user without credentials; kubectl takes that for anonymous, and so does who runs an API on loopback.
        var anonymous = (content.Users ?? []).Where(user => HasNothing(user.UserCredentials)).Select(user => user.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var entry in (content.Contexts ?? []).Where(entry => entry.ContextDetails?.User is { } user && anonymous.Contains(user)))
        {
            entry.ContextDetails.User = null;
        }

        var program = AskForCredentials(content, context ?? content.CurrentContext);
        var configuration = KubernetesClientConfiguration.BuildConfigFromConfigObject(content, context);
        configuration.TokenProvider = program ?? configuration.TokenProvider;
        return configuration;
    }

    // The package asks programs, too, but tells them by reflection who asks. It compares names so.
    private static CredentialProgram? AskForCredentials(K8SConfiguration content, string? context)
    {
        var name = content.Contexts?.FirstOrDefault(entry => string.Equals(entry.Name, context, StringComparison.OrdinalIgnoreCase))?.ContextDetails?.User;
        if (content.Users?.FirstOrDefault(user => string.Equals(user.Name, name, StringComparison.OrdinalIgnoreCase))?.UserCredentials is not { ExternalExecution: { } execution } user)
        {
            return null;
        }

        var program = new CredentialProgram(execution, CredentialLimit, TimeProvider.System);
        var answer = program.Ask();
        user.ExternalExecution = null;
        user.Token = answer.Token;
        (user.ClientCertificateData, user.ClientKeyData) = (Base64(answer.ClientCertificateData), Base64(answer.ClientKeyData));
        return answer.Token is null ? null : program;
    }

    private static string? Base64(string? text) => text is null ? null : Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static bool HasNothing(UserCredentials? credentials) => credentials is null or
    {
        ClientCertificate: null, ClientCertificateData: null, ClientKey: null, ClientKeyData: null,
        Token: null, UserName: null, Password: null, AuthProvider: null, ExternalExecution: null,
    };
}

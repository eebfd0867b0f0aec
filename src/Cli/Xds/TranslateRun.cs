using System.Text.Json.Nodes;
using Knative.Xds.Cli.Admin;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.ControlPlane.Translation;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;
using Knative.Xds.Kube.Manifests;
using Knative.Xds.XdsServer.Pipeline;
using Spectre.Console;

namespace Knative.Xds.Cli.Xds;

/// <summary><c>kxds translate</c>: a KIngress to Envoy's JSON, without a cluster.</summary>
internal static class TranslateRun
{
    private const int HasProblems = 1;

    /// <summary>What a file becomes.</summary>
    /// <param name="Problems">What is wrong, by object and field.</param>
    /// <param name="AssumedServices">Services that the file has not, and that are taken to be as the ingresses want them.</param>
    /// <param name="MissingSecrets">Secrets that the file has not: their hosts are as they are before their certificate is there, without TLS and without redirects.</param>
    /// <param name="Settings">What is taken to hold in the cluster.</param>
    /// <param name="Resources">What a gateway would be sent, but for endpoints.</param>
    internal sealed record Answer(IReadOnlyList<ProblemLine> Problems, IReadOnlyList<string> AssumedServices, IReadOnlyList<string> MissingSecrets, Assumptions Settings, IReadOnlyList<Translation> Resources);

    /// <summary>What is taken to hold in the cluster.</summary>
    internal sealed record Assumptions(string ClusterDomain, bool SystemInternalTls, bool Authorization, bool DefaultCertificates);

    /// <summary>A problem.</summary>
    internal sealed record ProblemLine(string Object, string Field, string Reason, string Message);

    /// <summary>A resource.</summary>
    internal sealed record Translation(string Type, string Name, string Version, JsonNode? Content);

    public static async Task<int> RunAsync(string file, string clusterDomain, IAnsiConsole console, CancellationToken cancellationToken)
    {
        var answer = Translate(await ReadAsync(file, cancellationToken), file, clusterDomain);
        JsonAnswer.Write(console, answer);
        foreach (var problem in answer.Problems)
        {
            await Console.Error.WriteLineAsync($"kxds: {problem.Object}: {problem.Message}");
        }

        foreach (var secret in answer.MissingSecrets)
        {
            await Console.Error.WriteLineAsync($"kxds: Secret {secret} is not in the file: its hosts are shown without TLS and without redirects");
        }

        return answer.Problems.Count == 0 ? 0 : HasProblems;
    }

    internal static Answer Translate(string text, string file, string clusterDomain = SystemNames.ClusterDomain)
    {
        RoutingManifests manifests;
        try
        {
            manifests = RoutingManifests.Read(text);
        }
        catch (FormatException error)
        {
            throw new CliException($"{file}: {error.Message}", error);
        }

        if (manifests.Ingresses.IsEmpty && manifests.Problems.IsEmpty)
        {
            throw new CliException($"{file} has no KIngress (apiVersion networking.internal.knative.dev/v1alpha1, kind Ingress)");
        }

        var backends = new AssumedBackends(manifests);
        var settings = new TranslationSettings { ClusterDomain = clusterDomain };
        var results = manifests.Ingresses.OrderBy(ingress => ingress.CreatedAt).ThenBy(ingress => ingress.Key).Select(ingress => (Ingress: ingress, Result: IngressTranslator.Translate(ingress, backends, settings))).ToList();
        var good = results.Where(entry => entry.Result.IsGood).Select(entry => (entry.Ingress, entry.Result.Value)).ToList();
        return new(
            [.. manifests.Problems.Concat(results.SelectMany(entry => entry.Result.Problems)).Concat(good.SelectMany(entry => entry.Value.BackendProblems.Concat(entry.Value.CertificateProblems))).Concat(Conflicts(good)).Select(problem => new ProblemLine(problem.Object.ToString(), problem.Field, problem.Reason, problem.Message))],
            [.. backends.Assumed.Select(key => key.ToString()).Order(StringComparer.Ordinal)],
            [.. backends.MissingSecrets.Select(key => key.ToString()).Order(StringComparer.Ordinal)],
            new(settings.ClusterDomain, settings.SecuresBackends, settings.Authorizes, settings.ExternalCertificate is not null || settings.LocalCertificate is not null),
            [.. good.SelectMany(entry => entry.Value.Messages).Select(EncodedResource.Of)
                .DistinctBy(resource => (resource.Type, resource.Name)).Select(resource => new Translation(resource.Type.ShortName(), resource.Name, resource.Version, JsonNode.Parse(ResourceText.Json(resource))))]);
    }

    /// <summary>Hosts that an older ingress has: the scopes shown are the older one's.</summary>
    private static IEnumerable<Problem> Conflicts(List<(Ingress Ingress, IngressResources Value)> good) =>
        from claims in good.SelectMany(entry => entry.Value.Scopes.Select(scope => (entry.Ingress, scope.Name))).GroupBy(claim => claim.Name, claim => claim.Ingress, StringComparer.Ordinal)
        from loser in claims.Skip(1)
        select HostConflict.Of(loser, claims.Key, claims.First().Key);

    private static async Task<string> ReadAsync(string file, CancellationToken cancellationToken)
    {
        try
        {
            return file == "-" ? await Console.In.ReadToEndAsync(cancellationToken) : await File.ReadAllTextAsync(file, cancellationToken);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CliException(error.Message, error);
        }
    }
}

using System.Text.Json.Nodes;
using Google.Protobuf;
using Knative.Xds.Cli.Admin;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.ControlPlane.Translation;
using Knative.Xds.Kube.Manifests;
using Spectre.Console;

namespace Knative.Xds.Cli.Xds;

/// <summary><c>kxds translate</c>: a KIngress to Envoy's JSON, without a cluster.</summary>
internal static class TranslateRun
{
    private const int HasProblems = 1;

    /// <summary>What a file becomes.</summary>
    /// <param name="Problems">What is wrong, by object and field.</param>
    /// <param name="AssumedServices">Services that the file has not, and that are taken to be as the ingresses want them.</param>
    /// <param name="Resources">What a gateway would be sent.</param>
    internal sealed record Answer(IReadOnlyList<ProblemLine> Problems, IReadOnlyList<string> AssumedServices, IReadOnlyList<Translation> Resources);

    /// <summary>A problem.</summary>
    internal sealed record ProblemLine(string Object, string Field, string Reason, string Message);

    /// <summary>A resource.</summary>
    internal sealed record Translation(string Type, string Name, string Version, JsonNode? Content);

    public static async Task<int> RunAsync(string file, IAnsiConsole console, CancellationToken cancellationToken)
    {
        var answer = Translate(await ReadAsync(file, cancellationToken), file);
        JsonAnswer.Write(console, answer);
        foreach (var problem in answer.Problems)
        {
            await Console.Error.WriteLineAsync($"kxds: {problem.Object}: {problem.Message}");
        }

        return answer.Problems.Count == 0 ? 0 : HasProblems;
    }

    internal static Answer Translate(string text, string file)
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
        var results = manifests.Ingresses.Select(ingress => IngressTranslator.Translate(ingress, backends)).ToList();
        return new(
            [.. manifests.Problems.Concat(results.SelectMany(result => result.Problems)).Select(problem => new ProblemLine(problem.Object.ToString(), problem.Field, problem.Reason, problem.Message))],
            [.. backends.Assumed.Select(key => key.ToString()).Order(StringComparer.Ordinal)],
            [.. results.Where(result => result.IsGood).SelectMany(result => Messages(result.Value)).Select(EncodedResource.Of)
                .DistinctBy(resource => (resource.Type, resource.Name)).Select(resource => new Translation(resource.Type.ShortName(), resource.Name, resource.Version, JsonNode.Parse(ResourceText.Json(resource))))]);
    }

    private static IEnumerable<IMessage> Messages(IngressResources resources) => [.. resources.Clusters, .. resources.Scopes, .. resources.Routes];

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

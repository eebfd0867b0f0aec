using System.Collections.Immutable;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Client;
using Knative.Xds.Kube.Manifests;
using Microsoft.Extensions.Logging;

namespace Knative.Xds.Sandbox.Composition;

/// <summary>Applies the manifests of a folder at start and again whenever a file in it changes.</summary>
/// <remarks>A file that cannot be read or applied is reported and leaves the others alone. Objects of deleted files stay, as with <c>kubectl apply</c>.</remarks>
internal sealed class ManifestFolder(string folder, ManifestApplier applier, SandboxInjection injection, AppliedManifests applied, ILogger logger)
{
    /// <summary>Applies every file that is not applied yet.</summary>
    /// <remarks>Shape: problems as <c>file: what is wrong</c>; empty when all is well.</remarks>
    public async Task<ImmutableArray<string>> ApplyAsync(CancellationToken cancellationToken)
    {
        var problems = ImmutableArray.CreateBuilder<string>();
        foreach (var file in Directory.EnumerateFiles(folder).Where(IsManifest).Order(StringComparer.Ordinal))
        {
            if (await ApplyFileAsync(file, cancellationToken) is { } problem)
            {
                problems.Add(problem);
            }
        }

        return problems.ToImmutable();
    }

    /// <summary>Watches the folder until the token fires; after each change <paramref name="report"/> gets all problems that there are then.</summary>
    public async Task WatchAsync(Action<ImmutableArray<string>> report, CancellationToken cancellationToken)
    {
        var changes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        using var watcher = new FileSystemWatcher(folder);
        void OnChange(object sender, FileSystemEventArgs change) => changes.Writer.TryWrite(true);
        watcher.Changed += OnChange;
        watcher.Created += OnChange;
        watcher.Renamed += OnChange;
        watcher.Deleted += OnChange;
        watcher.EnableRaisingEvents = true;
        await foreach (var _ in changes.Reader.ReadAllAsync(cancellationToken))
        {
            report(await ApplyAsync(cancellationToken));
        }
    }

    private async Task<string?> ApplyFileAsync(string file, CancellationToken cancellationToken)
    {
        var name = Path.GetFileName(file);
        try
        {
            var text = await File.ReadAllTextAsync(file, cancellationToken);
            if (applied.Has(file, text))
            {
                return null;
            }

            foreach (var manifest in YamlJson.ParseAll(text))
            {
                foreach (var part in await ExpandAsync(manifest, cancellationToken))
                {
                    var (kind, key) = await ApplyOneAsync(part, cancellationToken);
                    SandboxLog.ManifestApplied(logger, kind, key, name);
                }
            }

            await applied.AddAsync(file, text, cancellationToken);
            return null;
        }
        catch (Exception error) when (error is FormatException or InvalidOperationException or KubeException or IOException or UnauthorizedAccessException or HttpRequestException)
        {
            SandboxLog.ManifestRefused(logger, name, error.Message);
            return $"{name}: {error.Message.ReplaceLineEndings(" ")}";
        }
    }

    private async Task<IEnumerable<JsonNode>> ExpandAsync(JsonNode manifest, CancellationToken cancellationToken) =>
        manifest is JsonObject map ? await injection.ExpandAsync(map, cancellationToken) : [manifest];

    private async Task<(string Kind, ObjectKey Key)> ApplyOneAsync(JsonNode manifest, CancellationToken cancellationToken)
    {
        if (manifest is not JsonObject)
        {
            throw new FormatException("a manifest must be an object with apiVersion, kind and metadata");
        }

        try
        {
            return await applier.ApplyAsync(manifest, cancellationToken);
        }
        catch (Exception error) when (error is FormatException or InvalidOperationException)
        {
            throw new FormatException($"{TextOf(manifest["kind"]) ?? "object"} {TextOf((manifest["metadata"] as JsonObject)?["name"]) ?? "without a name"}: {error.Message}", error);
        }
    }

    private static string? TextOf(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static bool IsManifest(string file) => Path.GetExtension(file) is ".yaml" or ".yml" or ".json" && !Path.GetFileName(file).StartsWith('.');
}

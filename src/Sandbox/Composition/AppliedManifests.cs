using System.Collections.Immutable;
using System.Text.Json;

namespace Knative.Xds.Sandbox.Composition;

/// <summary>Which text of each manifest file was applied last.</summary>
/// <remarks>With a data folder it is kept there: a restart leaves objects as they are where their manifest has not changed, so that what was changed or deleted by hand stays so.
/// Threading: one folder's loop at a time.</remarks>
internal sealed class AppliedManifests
{
    private const string FileName = "applied.json";

    private readonly string? _path;
    private ImmutableSortedDictionary<string, string> _texts;

    private AppliedManifests(string? path, ImmutableSortedDictionary<string, string> texts)
    {
        _path = path;
        _texts = texts;
    }

    /// <summary>What earlier runs applied to the data folder's objects; nothing when there is no data folder.</summary>
    /// <remarks>Errors: a file that is not ours counts as none: everything is applied again.</remarks>
    public static AppliedManifests Load(string? dataFolder)
    {
        var path = dataFolder is null ? null : Path.Combine(dataFolder, FileName);
        return new AppliedManifests(path, path is null ? ImmutableSortedDictionary<string, string>.Empty : Read(path));
    }

    /// <summary>Whether this very text of the file was applied last.</summary>
    public bool Has(string file, string text) => _texts.GetValueOrDefault(Path.GetFullPath(file)) == text;

    /// <summary>Remembers that this text of the file was applied.</summary>
    public async Task AddAsync(string file, string text, CancellationToken cancellationToken)
    {
        _texts = _texts.SetItem(Path.GetFullPath(file), text);
        if (_path is not null)
        {
            var next = _path + ".next";
            await File.WriteAllTextAsync(next, JsonSerializer.Serialize(_texts), cancellationToken);
            File.Move(next, _path, overwrite: true);
        }
    }

    private static ImmutableSortedDictionary<string, string> Read(string path)
    {
        try
        {
            return File.Exists(path)
                ? JsonSerializer.Deserialize<ImmutableSortedDictionary<string, string>>(File.ReadAllText(path)) ?? ImmutableSortedDictionary<string, string>.Empty
                : ImmutableSortedDictionary<string, string>.Empty;
        }
        catch (JsonException)
        {
            return ImmutableSortedDictionary<string, string>.Empty;
        }
    }
}

using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Knative.Xds.Sandbox.Api.Json;
using Microsoft.Extensions.Logging;

namespace Knative.Xds.Sandbox.Api.Storage;

/// <summary>Keeps the objects in a directory: one line per change, rewritten as one line per object at each start.</summary>
/// <remarks>Threading: Add under the store's lock; one task writes. A line is handed to the system within milliseconds of its change: it survives the end of the process, not that of the machine.</remarks>
internal sealed class Journal : IDisposable
{
    private const string FileName = "objects.jsonl";

    private readonly string _path;
    private readonly ILogger _logger;
    private readonly Channel<StoreEvent> _changes = Channel.CreateUnbounded<StoreEvent>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Dictionary<(string Kind, string Key), JsonObject> _loaded = [];
    private FileStream? _lock;

    private Journal(string directory, ILogger logger)
    {
        Directory.CreateDirectory(directory);
        _path = Path.Combine(directory, FileName);
        _logger = logger;
        // Two APIs on one directory would overwrite each other.
        _lock = new FileStream(Path.Combine(directory, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
    }

    public long LastVersion { get; private set; }

    public static Journal Open(string directory, ILogger logger)
    {
        var journal = new Journal(directory, logger);
        journal.Read();
        journal.Compact();
        SandboxApiLog.Loaded(logger, journal._loaded.Count, directory);
        return journal;
    }

    public void LoadInto(ObjectStore store)
    {
        foreach (var group in _loaded.GroupBy(entry => entry.Key.Kind))
        {
            store.Of(group.Key).Load(group.Select(entry => KeyValuePair.Create(entry.Key.Key, new StoredObject(entry.Value, Version(entry.Value)))));
        }

        _loaded.Clear();
    }

    public void Add(StoreEvent change) => _changes.Writer.TryWrite(change);

    /// <summary>Writes until the token fires, and then what is left.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var file = new FileStream(_path, FileMode.Append, FileAccess.Write, FileShare.Read);
        await using var stopping = cancellationToken.Register(() => _changes.Writer.TryComplete());
        try
        {
            while (await _changes.Reader.WaitToReadAsync(CancellationToken.None))
            {
                while (_changes.Reader.TryRead(out var change))
                {
                    await file.WriteAsync(Line(change), CancellationToken.None);
                }

                await file.FlushAsync(CancellationToken.None);
            }
        }
        catch (IOException problem)
        {
            SandboxApiLog.JournalFailed(_logger, problem, _path);
        }
    }

    public void Dispose()
    {
        _lock?.Dispose();
        _lock = null;
    }

    private static byte[] Line(StoreEvent change)
    {
        var head = new JsonObject { ["kind"] = change.Kind, ["key"] = change.Last.Id.Key, ["version"] = change.Version, ["deleted"] = change.New is null };
        return change.New is null ? [.. head.ToUtf8(), (byte)'\n'] : [.. head.ToUtf8()[..^1], .. ",\"object\":"u8, .. change.New.Utf8, (byte)'}', (byte)'\n'];
    }

    private void Read()
    {
        if (!File.Exists(_path))
        {
            return;
        }

        foreach (var line in File.ReadLines(_path).Where(line => line.Length > 0))
        {
            try
            {
                Replay((JsonObject)JsonReading.Read(Encoding.UTF8.GetBytes(line))!);
            }
            catch (JsonException)
            {
                // Only the end of a process can tear a line, so nothing can follow it but lines of a later, whole life.
                SandboxApiLog.TornLine(_logger, _path);
            }
        }
    }

    private void Replay(JsonObject entry)
    {
        var key = (entry.Text("kind") ?? "", entry.Text("key") ?? "");
        LastVersion = Math.Max(LastVersion, entry.Number("version") ?? 0);
        if (entry["object"] is JsonObject value)
        {
            entry.Remove("object");
            _loaded[key] = value;
        }
        else
        {
            _loaded.Remove(key);
        }
    }

    private void Compact()
    {
        var next = _path + ".new";
        using (var file = new FileStream(next, FileMode.Create, FileAccess.Write))
        {
            // The first line keeps the version of deletions that left no object behind.
            file.Write(new JsonObject { ["kind"] = "", ["key"] = "", ["version"] = LastVersion, ["deleted"] = true }.ToUtf8());
            file.WriteByte((byte)'\n');
            foreach (var ((kind, key), value) in _loaded)
            {
                file.Write(new JsonObject { ["kind"] = kind, ["key"] = key, ["version"] = Version(value), ["object"] = value.DeepClone() }.ToUtf8());
                file.WriteByte((byte)'\n');
            }
        }

        File.Move(next, _path, true);
    }

    private static long Version(JsonObject value) => long.Parse(value.Text("metadata.resourceVersion") ?? "0", CultureInfo.InvariantCulture);
}

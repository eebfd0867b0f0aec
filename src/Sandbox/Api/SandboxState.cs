using System.Text.Json.Nodes;
using Knative.Xds.Kube.Manifests;
using Knative.Xds.Sandbox.Api.Json;
using Knative.Xds.Sandbox.Api.Kinds;
using Knative.Xds.Sandbox.Api.Storage;
using Knative.Xds.Sandbox.Api.Writing;
using Microsoft.Extensions.Logging;

namespace Knative.Xds.Sandbox.Api;

/// <summary>The store with what belongs to it: kinds, writers, journal.</summary>
internal sealed class SandboxState : IDisposable
{
    private const string Manager = "kxds-sandbox";

    private readonly Journal? _journal;

    private SandboxState(ObjectStore store, TimeProvider time, Journal? journal)
    {
        Store = store;
        Registry = new KindRegistry(BuiltInKinds.Create());
        Writer = new ObjectWriter(store, Registry, time);
        Deleter = new ObjectDeleter(store, time);
        _journal = journal;
        store.Listen(change => _journal?.Add(change));
        store.Listen(ServeCustomKinds);
    }

    public ObjectStore Store { get; }
    public KindRegistry Registry { get; }
    public ObjectWriter Writer { get; }
    public ObjectDeleter Deleter { get; }

    public static SandboxState Open(SandboxApiOptions options, TimeProvider time, ILogger logger)
    {
        // Versions of a life begin at its start time, so that positions of an earlier one are known as too old.
        var journal = options.DataDirectory is { } directory ? Journal.Open(directory, logger) : null;
        var version = Math.Max(time.GetUtcNow().ToUnixTimeMilliseconds(), (journal?.LastVersion ?? 0) + 1);
        var store = new ObjectStore(version);
        journal?.LoadInto(store);
        var state = new SandboxState(store, time, journal);
        state.PublishCustomKinds();
        state.Seed(options);
        return state;
    }

    public Task RunJournalAsync(CancellationToken cancellationToken) => _journal?.RunAsync(cancellationToken) ?? Task.CompletedTask;

    public void Dispose() => _journal?.Dispose();

    private void Seed(SandboxApiOptions options)
    {
        foreach (var name in options.Namespaces)
        {
            Ensure(Registry.Find("", "v1", "namespaces")!, new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Namespace", ["metadata"] = new JsonObject { ["name"] = name } });
        }

        var crds = Registry.FindResource(BuiltInKinds.CrdResource)!;
        foreach (var definition in options.Crds.SelectMany(YamlJson.ParseAll).Cast<JsonObject>())
        {
            Ensure(crds, definition);
        }
    }

    // A kept data directory may hold an older state of a definition: the given one wins.
    private void Ensure(ResourceKind kind, JsonObject value)
    {
        var id = new ObjectId("", value.Text("metadata.name") ?? "");
        var options = new WriteOptions(Manager) { Validation = FieldValidation.Ignore, Force = true };
        Writer.Apply(kind, id, value, [], options);
    }

    private void ServeCustomKinds(StoreEvent change)
    {
        if (change.Kind == BuiltInKinds.CrdResource)
        {
            PublishCustomKinds();
        }
    }

    private void PublishCustomKinds() =>
        Registry.SetCustom([.. Store.Of(BuiltInKinds.CrdResource).Objects.Values.SelectMany(definition => CustomKinds.Of(definition.Value))]);
}

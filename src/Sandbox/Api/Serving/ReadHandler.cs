using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Knative.Xds.Sandbox.Api.Json;
using Knative.Xds.Sandbox.Api.Selecting;
using Knative.Xds.Sandbox.Api.Storage;

namespace Knative.Xds.Sandbox.Api.Serving;

/// <summary>Answers get and list.</summary>
internal sealed class ReadHandler(ObjectStore store, PageSnapshots snapshots, TimeProvider time)
{
    public Task GetAsync(ResourceRequest request)
    {
        var stored = store.Find(request.Kind.Resource, request.Id) ?? throw ApiException.NotFound(request.Kind, request.Id.Name);
        return Responses.WriteAsync(request.Http, 200, Representation.For(request, time).One(stored));
    }

    public Task ListAsync(ResourceRequest request)
    {
        var labels = LabelSelector.Parse(request.Query("labelSelector"));
        var fields = FieldSelector.Parse(request.Query("fieldSelector"), request.Kind);
        var limit = int.TryParse(request.Query("limit"), NumberStyles.None, CultureInfo.InvariantCulture, out var asked) && asked > 0 ? asked : int.MaxValue;
        var (version, after, objects) = Snapshot(request);
        var matching = objects.Where(entry => string.CompareOrdinal(entry.Key, after) > 0 && InNamespace(entry.Key, request.Id.Namespace))
            .Where(entry => labels.Matches(entry.Value.Value) && fields.Matches(entry.Value.Value)).Select(entry => entry.Value);
        var page = limit == int.MaxValue ? [.. matching] : matching.Take(limit + 1).ToList();
        var metadata = new JsonObject { ["resourceVersion"] = version.ToString(CultureInfo.InvariantCulture) };
        if (page.Count > limit)
        {
            page.RemoveAt(limit);
            snapshots.Keep(request.Kind.Resource, version, objects);
            metadata["continue"] = Token(version, page[^1].Id.Key);
            if (labels.IsEverything && fields.IsEverything)
            {
                metadata["remainingItemCount"] = matching.Count() - limit;
            }
        }

        return Responses.WriteAsync(request.Http, 200, Representation.For(request, time).List(page, metadata));
    }

    public static bool InNamespace(string key, string space) => space.Length == 0 || (key.Length > space.Length && key[space.Length] == '/' && key.StartsWith(space, StringComparison.Ordinal));

    private (long Version, string After, ImmutableSortedDictionary<string, StoredObject> Objects) Snapshot(ResourceRequest request)
    {
        if (request.Query("continue") is { Length: > 0 } token)
        {
            var (version, after) = ReadToken(token);
            var kept = snapshots.Find(request.Kind.Resource, version)
                ?? throw ApiException.Expired("The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.");
            return (version, after, kept);
        }

        lock (store.Gate)
        {
            CheckVersion(request);
            return (store.Version, "", store.Of(request.Kind.Resource).Objects);
        }
    }

    private void CheckVersion(ResourceRequest request)
    {
        if (request.Query("resourceVersion") is { Length: > 0 } text)
        {
            var version = ParseVersion(text);
            if (version > store.Version)
            {
                throw new ApiException(504, "Timeout", $"Too large resource version: {version}, current: {store.Version}", new JsonObject { ["causes"] = new JsonArray(new JsonObject { ["reason"] = "ResourceVersionTooLarge", ["message"] = "Too large resource version" }), ["retryAfterSeconds"] = 1 });
            }
        }
    }

    public static long ParseVersion(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var version)
        ? version
        : throw new ApiException(400, "BadRequest", $"resourceVersion: Invalid value: \"{text}\": strconv.ParseUint: parsing \"{text}\": invalid syntax");

    private static string Token(long version, string after) => Convert.ToBase64String(new JsonObject { ["v"] = "meta.k8s.io/v1", ["rv"] = version, ["start"] = after }.ToUtf8());

    private static (long Version, string After) ReadToken(string token)
    {
        var bytes = new byte[token.Length];
        if (Convert.TryFromBase64String(token, bytes, out var length) && length > 0 && Encoding.UTF8.GetString(bytes, 0, length).StartsWith('{')
            && JsonReading.Read(bytes.AsSpan(0, length)) is JsonObject value && value.Number("rv") is { } version && value.Text("start") is { } start)
        {
            return (version, start);
        }

        throw ApiException.BadRequest("continue key is not valid");
    }
}

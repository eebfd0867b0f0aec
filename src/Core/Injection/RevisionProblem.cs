using System.Text.Json.Nodes;
using Knative.Xds.Core.Model;

namespace Knative.Xds.Core.Injection;

/// <summary>Turns what was wrong with a revision's JSON into data.</summary>
internal static class RevisionProblem
{
    public static Problem Of(JsonObject revision, FormatException error)
    {
        var metadata = revision["metadata"] as JsonObject;
        var message = error.Message.StartsWith("$.", StringComparison.Ordinal) ? error.Message[2..] : error.Message;
        return new Problem(new ObjectKey(Text(metadata, "namespace"), Text(metadata, "name")), message.Split(' ')[0], "InvalidRevision", message);
    }

    private static string Text(JsonObject? metadata, string name) => metadata?[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : "";
}

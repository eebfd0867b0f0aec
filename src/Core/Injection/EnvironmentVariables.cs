using System.Text.Json.Nodes;

namespace Knative.Xds.Core.Injection;

/// <summary>Environment variables of containers.</summary>
internal static class EnvironmentVariables
{
    /// <summary>The container's list, made where there is none.</summary>
    public static JsonArray Of(JsonObject container)
    {
        if (container["env"] is not JsonArray variables)
        {
            container["env"] = variables = [];
        }

        return variables;
    }

    /// <summary>A variable of a fixed value; an empty one is left out, as Kubernetes does.</summary>
    public static JsonObject Literal(string name, string value) =>
        value.Length == 0 ? new JsonObject { ["name"] = name } : new JsonObject { ["name"] = name, ["value"] = value };

    /// <summary>A variable that takes the value of one of the pod's fields.</summary>
    public static JsonObject Field(string name, string path, string? apiVersion = null)
    {
        var reference = new JsonObject();
        if (apiVersion is not null)
        {
            reference["apiVersion"] = apiVersion;
        }

        reference["fieldPath"] = path;
        return new JsonObject { ["name"] = name, ["valueFrom"] = new JsonObject { ["fieldRef"] = reference } };
    }
}

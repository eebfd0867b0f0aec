using System.Text.Json.Nodes;

namespace Knative.Xds.Sandbox.Api.Patching;

/// <summary>RFC 7386, in place.</summary>
internal static class MergePatch
{
    public static void Apply(JsonObject target, JsonObject patch)
    {
        foreach (var (name, value) in patch)
        {
            if (value is null)
            {
                target.Remove(name);
            }
            else if (value is JsonObject fields)
            {
                if (target[name] is not JsonObject child)
                {
                    child = [];
                    target[name] = child;
                }

                Apply(child, fields);
            }
            else
            {
                target[name] = value.DeepClone();
            }
        }
    }
}

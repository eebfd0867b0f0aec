using Knative.Xds.Core.Templating;

namespace Knative.Xds.Core.Networking;

/// <summary>Tries a Go template that makes a name out of a few fields.</summary>
internal static class NameTemplate
{
    /// <summary>The name made of the fields, or what is wrong with the template.</summary>
    public static (string? Name, string? Fault) Execute(string template, IReadOnlyDictionary<string, object?> fields)
    {
        try
        {
            return (GoTemplate.Parse(template).Execute(new Fields(fields)), null);
        }
        catch (GoTemplateException error)
        {
            return (null, error.Message);
        }
    }

    private sealed class Fields(IReadOnlyDictionary<string, object?> fields) : ITemplateObject
    {
        public bool TryGet(string name, IReadOnlyList<object?> arguments, out object? value)
        {
            value = null;
            return arguments.Count == 0 && fields.TryGetValue(name, out value);
        }
    }
}

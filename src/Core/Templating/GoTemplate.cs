using System.Text;

namespace Knative.Xds.Core.Templating;

/// <summary>Go's text/template: ConfigMaps of Knative hold templates in this language.</summary>
/// <remarks>
/// Shape: text, fields, methods, variables, pipelines, <c>if</c>, <c>with</c>, <c>range</c>, comments, trim markers and every built-in function but <c>call</c> and <c>slice</c>;
/// no named templates (<c>define</c>, <c>template</c>, <c>block</c>).
/// Threading: immutable. Source: Go text/template.
/// </remarks>
public sealed class GoTemplate
{
    private readonly IReadOnlyList<TemplateNode> _nodes;

    private GoTemplate(string text, IReadOnlyList<TemplateNode> nodes) => (Text, _nodes) = (text, nodes);

    /// <value>The text it was read from.</value>
    public string Text { get; }

    /// <summary>Reads a template.</summary>
    /// <remarks>Errors: <see cref="GoTemplateException"/>, with the line.</remarks>
    public static GoTemplate Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new GoTemplate(text, new TemplateParser(text).Parse());
    }

    /// <summary>Writes the template with the data in its places.</summary>
    /// <remarks>Errors: <see cref="GoTemplateException"/> when the data has no such field, or a function cannot take its arguments.</remarks>
    public string Execute(object? data)
    {
        var output = new StringBuilder(Text.Length * 2);
        new TemplateRun(output, data).Write(_nodes, data);
        return output.ToString();
    }
}

namespace Knative.Xds.Core.Templating;

/// <summary>A value within a command.</summary>
internal abstract record TemplateOperand
{
    /// <summary>A text, number, bool or nil.</summary>
    public sealed record Constant(object? Value) : TemplateOperand;

    /// <summary>A built-in function.</summary>
    public sealed record Function(string Name) : TemplateOperand;

    /// <summary>The dot, a variable or a pipeline in parentheses, and the fields that are taken of it.</summary>
    /// <param name="Variable">Null for the dot.</param>
    /// <param name="Inner">Null unless in parentheses.</param>
    /// <param name="Fields">One after the other; the last takes the command's arguments.</param>
    public sealed record Path(string? Variable, TemplatePipeline? Inner, IReadOnlyList<string> Fields) : TemplateOperand;
}

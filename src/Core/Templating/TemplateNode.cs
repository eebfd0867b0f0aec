namespace Knative.Xds.Core.Templating;

/// <summary>A piece of a template.</summary>
internal abstract record TemplateNode
{
    /// <summary>Text that is written as it is.</summary>
    public sealed record Literal(string Text) : TemplateNode;

    /// <summary>A pipeline; its value is written unless it is given to a variable.</summary>
    public sealed record Action(TemplatePipeline Pipeline) : TemplateNode;

    /// <summary><c>if</c> and <c>with</c>, which also makes the value the dot.</summary>
    public sealed record Branch(TemplatePipeline Condition, bool MovesDot, IReadOnlyList<TemplateNode> Then, IReadOnlyList<TemplateNode> Else) : TemplateNode;

    /// <summary><c>range</c>.</summary>
    public sealed record Loop(TemplatePipeline Items, IReadOnlyList<TemplateNode> Body, IReadOnlyList<TemplateNode> Else) : TemplateNode;
}

namespace Knative.Xds.Core.Templating;

/// <summary>Commands that hand their value to the next as its last argument.</summary>
/// <param name="Variables">Variables that take the value; none, one, or two in a <c>range</c>.</param>
/// <param name="Declares">Whether the variables are new.</param>
/// <param name="Commands">At least one; each a function, method or value and its arguments.</param>
internal sealed record TemplatePipeline(IReadOnlyList<string> Variables, bool Declares, IReadOnlyList<IReadOnlyList<TemplateOperand>> Commands);

namespace Knative.Xds.Core.Templating;

/// <summary>A word of a template.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">Its characters; of a string or number its value as text.</param>
/// <param name="Line">From 1.</param>
/// <param name="Spaced">Whether white space stands before it: <c>.A .B</c> are two values, <c>.A.B</c> is one.</param>
internal readonly record struct TemplateToken(TemplateTokenKind Kind, string Text, int Line, bool Spaced);

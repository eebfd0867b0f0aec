namespace Knative.Xds.Core.Templating;

/// <summary>Kinds of words in a template.</summary>
internal enum TemplateTokenKind
{
    /// <summary>The end of the template.</summary>
    End,

    /// <summary>Text between actions.</summary>
    Text,

    /// <summary><c>{{</c>.</summary>
    Open,

    /// <summary><c>}}</c>.</summary>
    Close,

    /// <summary>A keyword or function.</summary>
    Word,

    /// <summary><c>.Name</c>, without the point; empty for the dot itself.</summary>
    Field,

    /// <summary><c>$name</c>, without the sign.</summary>
    Variable,

    /// <summary>A string or character constant, decoded.</summary>
    String,

    /// <summary>A number.</summary>
    Number,

    /// <summary><c>|</c> <c>(</c> <c>)</c> <c>,</c> <c>=</c> or <c>:=</c>.</summary>
    Sign,
}

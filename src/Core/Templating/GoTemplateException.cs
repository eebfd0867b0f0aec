namespace Knative.Xds.Core.Templating;

/// <summary>A template that cannot be read, or that asks for what its data does not have.</summary>
public sealed class GoTemplateException : Exception
{
    /// <summary>Without a message.</summary>
    public GoTemplateException()
    {
    }

    /// <summary>With what is wrong.</summary>
    public GoTemplateException(string message) : base(message)
    {
    }

    /// <summary>With what is wrong, and why.</summary>
    public GoTemplateException(string message, Exception innerException) : base(message, innerException)
    {
    }
}

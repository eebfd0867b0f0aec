namespace Knative.Xds.Cli.Scale;

/// <summary>One line that says what is wrong and what to do.</summary>
internal sealed class ScaleException(string message, Exception? inner = null) : Exception(message, inner);

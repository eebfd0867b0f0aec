namespace Knative.Xds.Cli.Admin;

/// <summary>One line that says what is wrong and what to do.</summary>
internal sealed class CliException(string message, Exception? inner = null) : Exception(message, inner);

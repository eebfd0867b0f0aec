namespace Knative.Xds.Sandbox.Processes;

/// <summary>A program that could not be started; the message says which and why.</summary>
public sealed class ProcessStartException(string message, Exception? inner = null) : Exception(message, inner);

namespace Knative.Xds.XdsServer.Streams;

/// <summary>One input of a stream's loop.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Request">The request, for <see cref="StreamInputKind.Request"/>.</param>
internal readonly record struct StreamInput<TRequest>(StreamInputKind Kind, TRequest? Request);

using System.Collections.Immutable;

namespace Knative.Xds.Core.Networking;

/// <summary>An entry of spec.rules.</summary>
/// <param name="Hosts">hosts.</param>
/// <param name="Visibility">visibility.</param>
/// <param name="HasHttp">Whether there is http.</param>
/// <param name="Paths">http.paths; null when it is absent or null.</param>
public sealed record IngressSpecRule(ImmutableArray<string> Hosts, string Visibility, bool HasHttp, ImmutableArray<IngressSpecPath>? Paths);

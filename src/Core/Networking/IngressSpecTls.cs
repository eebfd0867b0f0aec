using System.Collections.Immutable;

namespace Knative.Xds.Core.Networking;

/// <summary>An entry of spec.tls.</summary>
/// <param name="Hosts">hosts.</param>
/// <param name="SecretName">secretName.</param>
/// <param name="SecretNamespace">secretNamespace.</param>
public sealed record IngressSpecTls(ImmutableArray<string> Hosts, string SecretName, string SecretNamespace);

using System.Collections.Immutable;

namespace Knative.Xds.Core.Model;

/// <summary>A certificate of an ingress.</summary>
/// <param name="Hosts">SNI hosts.</param>
/// <param name="Secret">Secret with <c>tls.crt</c> and <c>tls.key</c>.</param>
public sealed record IngressTls(ImmutableArray<string> Hosts, ObjectKey Secret);

using System.Collections.Immutable;

namespace Knative.Xds.Core.Model;

/// <summary>All endpoints of a Service, joined from its EndpointSlices.</summary>
/// <param name="Service">The Service.</param>
/// <param name="Endpoints">Sorted by address, ordinal; no duplicates.</param>
public sealed record ServiceEndpoints(ObjectKey Service, ImmutableArray<ServiceEndpoint> Endpoints);

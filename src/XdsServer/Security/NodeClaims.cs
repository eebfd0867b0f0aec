namespace Knative.Xds.XdsServer.Security;

/// <summary>What a node says that it is.</summary>
/// <param name="Id">node.id.</param>
/// <param name="Cluster">node.cluster.</param>
/// <param name="Fleet">The fleet that it wants to be served as.</param>
internal sealed record NodeClaims(string Id, string Cluster, string Fleet);

namespace Knative.Xds.ControlPlane.Resources;

/// <summary>Kinds of xDS resources that we serve, in the order in which one push sends them.</summary>
/// <remarks>Make before break: what is referred to comes before what refers to it.</remarks>
public enum ResourceType
{
    /// <summary>CDS.</summary>
    Cluster,
    /// <summary>EDS.</summary>
    ClusterLoadAssignment,
    /// <summary>SDS.</summary>
    Secret,
    /// <summary>LDS.</summary>
    Listener,
    /// <summary>SRDS.</summary>
    ScopedRouteConfiguration,
    /// <summary>RDS.</summary>
    RouteConfiguration,
}

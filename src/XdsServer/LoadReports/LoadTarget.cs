namespace Knative.Xds.XdsServer.LoadReports;

/// <summary>Which endpoints carried requests.</summary>
internal enum LoadTarget
{
    /// <summary>The Service's own, a revision's pods.</summary>
    Pods,
    /// <summary>Activators, on behalf of the pods.</summary>
    Activator,
}

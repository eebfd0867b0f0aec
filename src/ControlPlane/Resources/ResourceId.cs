namespace Knative.Xds.ControlPlane.Resources;

/// <summary>Identity of a resource.</summary>
/// <param name="Type">Kind.</param>
/// <param name="Name">Name within the kind.</param>
public readonly record struct ResourceId(ResourceType Type, string Name)
{
    /// <summary>E.g. <c>rds:default/hello/external</c>.</summary>
    public override string ToString() => $"{Type.ShortName()}:{Name}";
}

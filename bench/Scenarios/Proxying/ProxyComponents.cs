namespace Knative.Xds.Scenarios.Proxying;

/// <summary>The components that can be measured.</summary>
internal static class ProxyComponents
{
    public static IReadOnlyList<IProxyComponent> All { get; } =
    [
        new QueueProxyComponent(),
        new ActivatorComponent(),
    ];
}

using Knative.Xds.Core.Templating;

namespace Knative.Xds.RequestLogging;

/// <summary>The revision as a request log template sees it.</summary>
internal sealed record LoggedRevision(string Name, string Namespace, string Service, string Configuration, string PodName, string PodIp) : ITemplateObject
{
    public bool TryGet(string name, IReadOnlyList<object?> arguments, out object? value)
    {
        value = name switch
        {
            "Name" => Name,
            "Namespace" => Namespace,
            "Service" => Service,
            "Configuration" => Configuration,
            "PodName" => PodName,
            "PodIP" => PodIp,
            _ => null,
        };
        return value is not null && arguments.Count == 0;
    }
}

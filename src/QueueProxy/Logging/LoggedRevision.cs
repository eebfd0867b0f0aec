using Knative.Xds.Core.Templating;

namespace Knative.Xds.QueueProxy.Logging;

/// <summary>The revision as a request log template sees it.</summary>
internal sealed class LoggedRevision(QueueOptions options) : ITemplateObject
{
    public bool TryGet(string name, IReadOnlyList<object?> arguments, out object? value)
    {
        value = name switch
        {
            "Name" => options.Revision,
            "Namespace" => options.Namespace,
            "Service" => options.Service,
            "Configuration" => options.Configuration,
            "PodName" => options.Pod,
            "PodIP" => options.PodIp,
            _ => null,
        };
        return value is not null && arguments.Count == 0;
    }
}

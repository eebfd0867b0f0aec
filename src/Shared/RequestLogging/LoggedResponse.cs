using Knative.Xds.Core.Templating;

namespace Knative.Xds.RequestLogging;

/// <summary>A response as a request log template sees it.</summary>
/// <param name="Code">Its status.</param>
/// <param name="Size">Bytes of its body.</param>
/// <param name="Latency">Seconds from the request's arrival to its end.</param>
internal sealed record LoggedResponse(int Code, long Size, double Latency) : ITemplateObject
{
    public bool TryGet(string name, IReadOnlyList<object?> arguments, out object? value)
    {
        value = name switch
        {
            "Code" => (long)Code,
            "Size" => Size,
            "Latency" => Latency,
            _ => null,
        };
        return value is not null && arguments.Count == 0;
    }
}

namespace Knative.Xds.Core.Templating;

/// <summary>Metadata of a Kubernetes object as a template sees it.</summary>
public sealed class ObjectMetaView : ITemplateObject
{
    /// <summary>Metadata without content.</summary>
    public static readonly ObjectMetaView Empty = new();

    /// <value>The object's name.</value>
    public string Name { get; init; } = "";
    /// <value>Its namespace.</value>
    public string Namespace { get; init; } = "";
    /// <value>Its UID.</value>
    public string Uid { get; init; } = "";
    /// <value>Its labels.</value>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();
    /// <value>Its annotations.</value>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();

    /// <inheritdoc/>
    public bool TryGet(string name, IReadOnlyList<object?> arguments, out object? value)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        value = name switch
        {
            "Name" => Name,
            "Namespace" => Namespace,
            "UID" => Uid,
            "Labels" => Labels,
            "Annotations" => Annotations,
            "GenerateName" or "ResourceVersion" => "",
            "Generation" => 0L,
            _ => null,
        };
        return value is not null && arguments.Count == 0;
    }
}

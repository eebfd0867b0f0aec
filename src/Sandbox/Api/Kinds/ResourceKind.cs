using System.Text.Json.Nodes;
using Knative.Xds.Sandbox.Api.Printing;
using Knative.Xds.Sandbox.Api.Schemas;

namespace Knative.Xds.Sandbox.Api.Kinds;

/// <summary>All that distinguishes one kind, in one version, from another.</summary>
internal sealed record ResourceKind(string Group, string Version, string Plural, string Kind, Schema Schema)
{
    public string Singular { get; init; } = Kind.ToLowerInvariant();
    public string ListKind { get; init; } = Kind + "List";
    public IReadOnlyList<string> ShortNames { get; init; } = [];
    public IReadOnlyList<string> Categories { get; init; } = [];
    public bool Namespaced { get; init; } = true;
    /// <summary>Has a status subresource: spec and status are written apart.</summary>
    public bool HasStatus { get; init; }
    /// <summary>A create keeps the status it brings (kubelets register nodes that way).</summary>
    public bool StatusOnCreate { get; init; }
    /// <summary>metadata.generation counts changes of what is desired.</summary>
    public bool TracksGeneration { get; init; }
    /// <summary>An update may leave out metadata.resourceVersion.</summary>
    public bool UnconditionalUpdate { get; init; } = true;
    public ScalePaths? Scale { get; init; }
    /// <summary>Subresources other than status and scale, with the kind they speak.</summary>
    public IReadOnlyDictionary<string, string> OtherSubresources { get; init; } = new Dictionary<string, string>();
    public IReadOnlyList<string> SelectableFields { get; init; } = [];
    public IReadOnlyList<Column> Columns { get; init; } = [];
    public KindRules Rules { get; init; } = KindRules.None;
    /// <summary>The CRD's schema as it was given; null for a built-in kind.</summary>
    public JsonObject? OpenApi { get; init; }
    public bool IsCustom => OpenApi is not null;
    /// <summary>A delete answers with the deleted object in place of a Status.</summary>
    public bool ReturnsDeleted { get; init; }

    /// <summary>What clients are warned of in every answer; null for a kind with a future.</summary>
    public string? Deprecation { get; init; }

    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";
    /// <summary>plural.group, as messages name a resource; also the key of its storage, which all versions share.</summary>
    public string Resource => Group.Length == 0 ? Plural : $"{Plural}.{Group}";
    public bool IsNamespaceKind => Group.Length == 0 && Plural == "namespaces";
}

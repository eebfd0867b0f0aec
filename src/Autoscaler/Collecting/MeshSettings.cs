namespace Knative.Xds.Autoscaler.Collecting;

/// <summary>How pods are reached, from config-network.</summary>
/// <param name="Mode">Key mesh-compatibility-mode.</param>
/// <param name="Passthrough">Key enable-mesh-pod-addressability: single pods are reached through the mesh, by a header.</param>
/// <remarks>Source: knative/networking pkg/config/config.go: case does not matter, and an unknown mode is as none.</remarks>
internal readonly record struct MeshSettings(MeshMode Mode, bool Passthrough)
{
    private const string Addressability = "enable-mesh-pod-addressability";

    /// <summary>The key and the value that cannot be read, as upstream refuses the map for it; null when all can.</summary>
    public static (string Key, string Value)? Unreadable(IReadOnlyDictionary<string, string> data) =>
        data.TryGetValue(Addressability, out var text) && !Core.Scaling.GoText.TryBool(text, out _) ? (Addressability, text) : null;

    /// <summary>Reads the data of config-network.</summary>
    public static MeshSettings Read(IReadOnlyDictionary<string, string> data)
    {
        var text = data.GetValueOrDefault("mesh-compatibility-mode", "");
        var mode = text.Equals("enabled", StringComparison.OrdinalIgnoreCase) ? MeshMode.Enabled
            : text.Equals("disabled", StringComparison.OrdinalIgnoreCase) ? MeshMode.Disabled
            : MeshMode.Auto;
        Core.Scaling.GoText.TryBool(data.GetValueOrDefault(Addressability, "false"), out var passthrough);
        return new MeshSettings(mode, passthrough);
    }
}

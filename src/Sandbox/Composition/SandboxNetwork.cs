using System.Globalization;

namespace Knative.Xds.Sandbox.Composition;

/// <summary>The addresses of one sandbox: services on x.y.0.n, pods on the upper half. Two sandboxes on one machine never share a network.</summary>
internal sealed class SandboxNetwork : IDisposable
{
    private const int First = 77;
    private const int Last = 99;
    private readonly FileStream? _claim;

    private SandboxNetwork(string prefix, FileStream? claim)
    {
        Prefix = prefix;
        _claim = claim;
    }

    /// <summary>First two octets, e.g. <c>127.77</c>.</summary>
    public string Prefix { get; }

    /// <summary>The network that pods get their addresses from: the upper half, away from the services.</summary>
    public string Pods => $"{Prefix}.128.0/17";

    public string XdsServer => $"{Prefix}.0.2";

    public string Autoscaler => $"{Prefix}.0.3";

    public string Activator => $"{Prefix}.0.4";

    public string Kubelet => $"{Prefix}.0.5";

    /// <summary>Takes the wanted network, or the first free one.</summary>
    /// <remarks>Errors: <see cref="SandboxException"/> when the text is no /16 network or none is free.</remarks>
    public static SandboxNetwork Claim(string? wanted)
    {
        if (wanted is not null)
        {
            var octets = wanted.Split('.');
            return octets.Length == 4 && wanted.EndsWith(".0.0/16", StringComparison.Ordinal)
                ? new SandboxNetwork($"{octets[0]}.{octets[1]}", null)
                : throw new SandboxException($"pod network \"{wanted}\" is not of the form a.b.0.0/16");
        }

        for (var second = First; second <= Last; second++)
        {
            if (TryClaim(second) is { } network)
            {
                return network;
            }
        }

        throw new SandboxException($"every sandbox network from 127.{First} to 127.{Last} is in use: stop a sandbox that runs here");
    }

    public void Dispose() => _claim?.Dispose();

    // An open file with no sharing is released by the kernel however its owner ends.
    private static SandboxNetwork? TryClaim(int second)
    {
        var path = Path.Combine(Path.GetTempPath(), string.Create(CultureInfo.InvariantCulture, $"kxds-network-127.{second}.lock"));
        try
        {
            return new SandboxNetwork(string.Create(CultureInfo.InvariantCulture, $"127.{second}"), new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

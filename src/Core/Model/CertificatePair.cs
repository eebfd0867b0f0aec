using System.Collections.Immutable;

namespace Knative.Xds.Core.Model;

/// <summary>A certificate chain with its private key, both as PEM.</summary>
/// <remarks>Holds a secret: it has no text form but its name, so that no log line can show more.</remarks>
public sealed class CertificatePair
{
    /// <summary>The Secret that it is from.</summary>
    public required ObjectKey Secret { get; init; }
    /// <summary>PEM of the chain, the leaf first.</summary>
    public required ImmutableArray<byte> Chain { get; init; }
    /// <summary>PEM of the private key.</summary>
    public required ImmutableArray<byte> PrivateKey { get; init; }

    /// <summary>Says which certificate it is.</summary>
    public override string ToString() => $"certificate of {Secret}";
}

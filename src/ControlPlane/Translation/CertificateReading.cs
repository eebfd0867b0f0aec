using Knative.Xds.Core.Model;

namespace Knative.Xds.ControlPlane.Translation;

/// <summary>What is known of the certificate in a Secret.</summary>
/// <param name="Pair">The certificate to serve; the last good one where <paramref name="Fault"/> is about a newer one; null when there never was a good one.</param>
/// <param name="Fault">What is wrong with the Secret, as the end of a sentence that begins with its name; null when nothing is.</param>
/// <remarks>Neither: the Secret has not been read yet, and an answer will follow.</remarks>
public readonly record struct CertificateReading(CertificatePair? Pair, string? Fault)
{
    /// <summary>The Secret has not been read yet.</summary>
    public bool IsPending => Pair is null && Fault is null;
}

using Knative.Xds.ControlPlane.Resources;

namespace Knative.Xds.ControlPlane.Protocol;

/// <summary>What one client has of one resource.</summary>
internal sealed class ClientResource
{
    /// <summary>The resource accepted last; null when there is none, or when only its version is known (told on reconnect, not current any more).</summary>
    public EncodedResource? Accepted { get; set; }
    /// <summary>Version accepted last; null when there is none, empty when the client did not tell which.</summary>
    public string? AcceptedVersion { get; set; }
    /// <summary>Sent and not answered yet; null when nothing is.</summary>
    public EncodedResource? Offered { get; set; }
    /// <summary>Its removal is sent and not answered yet.</summary>
    public bool RemovalOffered { get; set; }
    /// <summary>The version refused last, if that was the client's last answer.</summary>
    public string? RejectedVersion { get; set; }

    /// <summary>The version that the client was told of last; null when it was told of none, or that there is none.</summary>
    public string? ToldVersion => RemovalOffered ? null : Offered?.Version ?? RejectedVersion ?? AcceptedVersion;
    /// <summary>What the client is meant to hold.</summary>
    public EncodedResource? Held => RemovalOffered ? null : Offered ?? Accepted;
    /// <summary>The client holds something whose references are not known.</summary>
    public bool IsUnknown => AcceptedVersion is not null && Accepted is null;
}

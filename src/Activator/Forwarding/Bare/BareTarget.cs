namespace Knative.Xds.Activation.Forwarding.Bare;

/// <summary>Where a bare request goes.</summary>
/// <param name="Address">Address of the pod.</param>
/// <param name="PassthroughHost">Host by which a mesh lets it through; null where it need not.</param>
/// <param name="TlsNamespace">Namespace of the pod, where it goes over TLS; else null.</param>
internal readonly record struct BareTarget(string Address, string? PassthroughHost, string? TlsNamespace)
{
    /// <value>Scheme and address of its URL.</value>
    public string Prefix => (TlsNamespace is null ? "http://" : "https://") + Address;
}

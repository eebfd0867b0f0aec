using Knative.Xds.Core.Model;

namespace Knative.Xds.ControlPlane.Translation;

/// <summary>What the routes of an ingress are made from.</summary>
/// <param name="Ingress">The ingress.</param>
/// <param name="Ports">The ports of its splits.</param>
/// <param name="Certificates">The certificates of its hosts.</param>
/// <param name="Settings">What holds for all ingresses.</param>
internal sealed record RouteContext(Ingress Ingress, BackendPorts Ports, CertificateTable Certificates, TranslationSettings Settings);

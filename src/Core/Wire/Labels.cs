namespace Knative.Xds.Core.Wire;

/// <summary>Labels and annotations that the data path reads or writes.</summary>
/// <remarks>Source: knative/serving pkg/apis/serving/register.go, knative/networking pkg/apis/networking/register.go.</remarks>
public static class Labels
{
    /// <summary>Label: revision that an object belongs to.</summary>
    public const string Revision = "serving.knative.dev/revision";
    /// <summary>Label: UID of that revision; the selector of Deployment and private Service.</summary>
    public const string RevisionUid = "serving.knative.dev/revisionUID";
    /// <summary>Label: Configuration of the revision.</summary>
    public const string Configuration = "serving.knative.dev/configuration";
    /// <summary>Label: Service (ksvc) of the revision.</summary>
    public const string Service = "serving.knative.dev/service";
    /// <summary>Label: whether a route leads to the revision (<c>active</c>, <c>reserve</c>, <c>pending</c>).</summary>
    public const string RoutingState = "serving.knative.dev/routingState";
    /// <summary>Label: the SKS that owns a Service.</summary>
    public const string ServerlessService = "networking.internal.knative.dev/serverlessservice";
    /// <summary>Label: <see cref="ServiceTypePublic"/> or <see cref="ServiceTypePrivate"/>.</summary>
    public const string ServiceType = "networking.internal.knative.dev/serviceType";
    /// <summary>Value of <see cref="ServiceType"/> on the Service that clients use.</summary>
    public const string ServiceTypePublic = "Public";
    /// <summary>Value of <see cref="ServiceType"/> on the Service that selects the revision's pods.</summary>
    public const string ServiceTypePrivate = "Private";
    /// <summary>Label of EndpointSlices: the Service that they belong to.</summary>
    public const string SliceService = "kubernetes.io/service-name";
    /// <summary>Annotation: ingress class of a KIngress.</summary>
    public const string IngressClass = "networking.knative.dev/ingress.class";
    /// <summary>Annotation of a KIngress: <c>true</c> (any case) keeps gateways from speaking HTTP/2 to its backends.</summary>
    public const string DisableHttp2 = "kourier.knative.dev/disable-http2";
    /// <summary>Label of ConfigMaps in the system namespace whose entries are certificates that those of the system's pods may go back to.</summary>
    public const string TrustBundle = "networking.knative.dev/trust-bundle";
    /// <summary>Label of Secrets that hold a certificate which Knative has had made: UID of its Certificate.</summary>
    public const string CertificateUid = "networking.internal.knative.dev/certificate-uid";
    /// <summary>Annotation: class of a PodAutoscaler.</summary>
    public const string AutoscalerClass = "autoscaling.knative.dev/class";
    /// <summary>Value of <see cref="AutoscalerClass"/> that our autoscaler owns.</summary>
    public const string KpaClass = "kpa.autoscaling.knative.dev";
    /// <summary>Value of <see cref="AutoscalerClass"/> that leaves scaling to a HorizontalPodAutoscaler.</summary>
    public const string HpaClass = "hpa.autoscaling.knative.dev";
    /// <summary>Value of <see cref="IngressClass"/> that net-kourier owns.</summary>
    public const string KourierIngressClass = "kourier.ingress.networking.knative.dev";
    /// <summary>Default value of <see cref="IngressClass"/> that our XdsServer owns.</summary>
    public const string XdsIngressClass = "xds.ingress.networking.knative.dev";
}

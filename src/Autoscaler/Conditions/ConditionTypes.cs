namespace Knative.Xds.Autoscaler.Conditions;

/// <summary>Condition types that the autoscaler writes.</summary>
/// <remarks>Source: knative/serving pkg/apis/autoscaling/v1alpha1/pa_lifecycle.go, knative/networking serverlessservice_lifecycle.go.</remarks>
internal static class ConditionTypes
{
    public const string Active = "Active";
    public const string ScaleTargetInitialized = "ScaleTargetInitialized";
    public const string SksReady = "SKSReady";
    public const string EndpointsPopulated = "EndpointsPopulated";
    public const string ActivatorEndpointsPopulated = "ActivatorEndpointsPopulated";
}

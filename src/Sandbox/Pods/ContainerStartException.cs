namespace Knative.Xds.Sandbox.Pods;

/// <summary>A container that cannot be started; becomes the container's waiting state.</summary>
/// <param name="reason">kubelet's word for it, such as <c>ErrImagePull</c>.</param>
/// <param name="message">What is wrong and where.</param>
internal sealed class ContainerStartException(string reason, string message) : Exception(message)
{
    public const string UnknownImage = "ErrImagePull";
    public const string BadConfig = "CreateContainerConfigError";
    public const string RunError = "RunContainerError";

    public string Reason { get; } = reason;
}

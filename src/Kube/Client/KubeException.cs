using k8s.Models;

namespace Knative.Xds.Kube.Client;

/// <summary>A refusal by the Kubernetes API.</summary>
/// <param name="statusCode">HTTP status code.</param>
/// <param name="status">The API's Status object; null when the body was none.</param>
/// <param name="message">What was asked and what the API said.</param>
public sealed class KubeException(int statusCode, V1Status? status, string message) : Exception(message)
{
    /// <summary>HTTP status code.</summary>
    public int StatusCode { get; } = statusCode;
    /// <summary>The API's Status object; null when the body was none.</summary>
    public V1Status? Status { get; } = status;
    /// <summary>The object does not exist.</summary>
    public bool IsNotFound => StatusCode == 404;
    /// <summary>Stale resourceVersion, or the object exists already.</summary>
    public bool IsConflict => StatusCode == 409;
    /// <summary>The resourceVersion of a list or watch is gone.</summary>
    public bool IsGone => StatusCode == 410;
}

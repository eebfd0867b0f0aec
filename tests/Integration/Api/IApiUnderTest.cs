namespace Knative.Xds.Integration.Api;

/// <summary>A Kubernetes API that the suite can be held against.</summary>
public interface IApiUnderTest
{
    /// <value>A client with the API's address and an administrator's rights.</value>
    HttpClient Http { get; }

    /// <value>Path of a kubeconfig.</value>
    string Kubeconfig { get; }
}

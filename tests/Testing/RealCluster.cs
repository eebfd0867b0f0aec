namespace Knative.Xds.Testing;

/// <summary>A real etcd, kube-apiserver and kube-controller-manager: Deployments get pods, Services get slices. Nothing runs the pods.</summary>
public sealed class RealCluster() : RealApiServer(controllers: true);

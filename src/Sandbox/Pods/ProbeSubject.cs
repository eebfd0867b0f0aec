using Knative.Xds.Sandbox.Processes;

namespace Knative.Xds.Sandbox.Pods;

/// <summary>What the probes of a container act on.</summary>
/// <param name="PodName">Namespace and name of the pod, for logs.</param>
/// <param name="Process">The running process.</param>
/// <param name="Stop">The pod's end.</param>
/// <param name="Update">Changes the container's snapshot.</param>
internal sealed record ProbeSubject(string PodName, ChildProcess Process, PodStop Stop, Action<Func<ContainerSnapshot, ContainerSnapshot>> Update);

using Knative.Xds.Kube.Client;
using Knative.Xds.Sandbox.Processes;
using Microsoft.Extensions.Logging;

namespace Knative.Xds.Sandbox.Pods;

/// <summary>What all pods of a runner share.</summary>
internal sealed record PodContext(
    KubeClient Client, PodRunnerOptions Options, PodNetwork Network, ProcessHost Processes, ContainerActions Actions,
    string LogDirectory, string HostIP, IReadOnlyDictionary<string, string> BaseEnvironment, TimeProvider Time, ILogger Logger);

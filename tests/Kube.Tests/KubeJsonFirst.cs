using System.Runtime.CompilerServices;
using Knative.Xds.Kube.Client;

namespace Knative.Xds.Kube.Tests;

/// <summary>Sets Kubernetes JSON up as any program does by making a client first: a test that only writes JSON must not come before.</summary>
internal static class KubeJsonFirst
{
    [ModuleInitializer]
    internal static void SetUp() => RuntimeHelpers.RunClassConstructor(typeof(KubeClient).Assembly.GetType("Knative.Xds.Kube.Client.KubeJson", throwOnError: true)!.TypeHandle);
}

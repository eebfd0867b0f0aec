using System.Text.Json.Serialization;
using Knative.Xds.Kube.Api;

namespace Knative.Xds.Kube.Client;

/// <summary>How our own kinds are read and written, made when this is compiled: a program that is compiled ahead of time has no compiler to make it later. The package brings the same for its kinds.</summary>
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(KIngress))]
[JsonSerializable(typeof(Metric))]
[JsonSerializable(typeof(PodAutoscaler))]
[JsonSerializable(typeof(PodScalable))]
[JsonSerializable(typeof(ServerlessService))]
[JsonSerializable(typeof(ServingRevision))]
internal sealed partial class ApiJson : JsonSerializerContext;

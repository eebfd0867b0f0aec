using System.Globalization;

namespace Knative.Xds.Scenarios.ColdStart;

/// <summary>The revisions of a run: the sample, each under a host of its own.</summary>
internal static class ColdRevisions
{
    /// <summary>Name of a revision.</summary>
    public static string Name(int revision) => string.Create(CultureInfo.InvariantCulture, $"cold-{revision:00000}");

    /// <summary>Its host.</summary>
    public static string Host(int revision) => $"{Name(revision)}.default.example.com";

    /// <summary>Writes their manifests into a new folder.</summary>
    public static async Task WriteAsync(string folder, int count, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        for (var revision = 0; revision < count; revision++)
        {
            await File.WriteAllTextAsync(Path.Combine(folder, $"{Name(revision)}.yaml"), Manifest(revision), cancellationToken);
        }
    }

    private static string Manifest(int revision) => string.Create(CultureInfo.InvariantCulture, $$"""
        apiVersion: serving.knative.dev/v1
        kind: Revision
        metadata:
          name: {{Name(revision)}}
          namespace: default
          uid: 6f1b2a51-8a34-4b0e-9c3a-{{revision:000000000000}}
          labels: { serving.knative.dev/configuration: cold, serving.knative.dev/service: cold }
          annotations:
            autoscaling.knative.dev/class: kpa.autoscaling.knative.dev
            autoscaling.knative.dev/metric: concurrency
            autoscaling.knative.dev/initial-scale: "0"
            autoscaling.knative.dev/target-burst-capacity: "10"
        spec:
          containers:
          - name: user-container
            image: kxds.dev/hello
            ports: [ { containerPort: 8080 } ]
        ---
        apiVersion: networking.internal.knative.dev/v1alpha1
        kind: Ingress
        metadata:
          name: {{Name(revision)}}
          annotations: { networking.knative.dev/ingress.class: xds.ingress.networking.knative.dev }
        spec:
          httpOption: Enabled
          rules:
          - hosts: [ {{Host(revision)}} ]
            visibility: ExternalIP
            http:
              paths:
              - splits:
                - serviceNamespace: default
                  serviceName: {{Name(revision)}}
                  servicePort: 80
                  percent: 100
                  appendHeaders: { Knative-Serving-Namespace: default, Knative-Serving-Revision: {{Name(revision)}} }
        """);
}

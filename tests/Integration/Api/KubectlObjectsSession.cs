namespace Knative.Xds.Integration.Api;

/// <summary>Everyday commands on a Deployment, a Service, a ConfigMap and our own kinds.</summary>
internal static class KubectlObjectsSession
{
    private const string Manifest = """
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: web
          labels:
            app: web
        spec:
          replicas: 0
          selector:
            matchLabels:
              app: web
          template:
            metadata:
              labels:
                app: web
            spec:
              containers:
              - name: main
                image: example.com/main:1
                env:
                - name: A
                  value: "1"
        ---
        apiVersion: v1
        kind: Service
        metadata:
          name: web
          labels:
            app: web
        spec:
          clusterIP: None
          ports:
          - name: http
            port: 80
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: settings
        data:
          color: red
        ---
        apiVersion: networking.internal.knative.dev/v1alpha1
        kind: Ingress
        metadata:
          name: web
        spec:
          rules:
          - hosts:
            - web.example.com
            visibility: ExternalIP
            http:
              paths:
              - splits:
                - serviceName: web
                  serviceNamespace: default
                  servicePort: 80
                  percent: 100
        """;

    public static readonly (string Command, string? Input, string? Editor)[] Steps =
    [
        ("apply -f -", Manifest, null),
        ("apply -f -", Manifest, null),
        ("apply -f -", Manifest.Replace("color: red", "color: blue", StringComparison.Ordinal).Replace("value: \"1\"", "value: \"2\"", StringComparison.Ordinal), null),
        ("create -f -", "{apiVersion: v1, kind: ConfigMap, metadata: {name: typo}, dat: {a: '1'}}", null),
        ("create -f -", "{apiVersion: networking.internal.knative.dev/v1alpha1, kind: Ingress, metadata: {name: typo}, spec: {rulez: []}}", null),
        ("apply --dry-run=server -f -", Manifest, null),
        ("diff -f -", Manifest.Replace("color: red", "color: blue", StringComparison.Ordinal).Replace("value: \"1\"", "value: \"2\"", StringComparison.Ordinal), null),
        ("get deployments", null, null),
        ("get services,configmaps --field-selector metadata.name!=kube-root-ca.crt -l app=web", null, null),
        ("get king", null, null),
        ("get king web -o yaml", null, null),
        ("get deployment web -o yaml", null, null),
        ("get services -o yaml", null, null),
        ("get deployment web -o jsonpath={.spec.template.spec.containers[0].env[0].value}", null, null),
        ("get configmaps -A -l app=none", null, null),
        ("get pod none", null, null),
        ("describe king web", null, null),
        ("describe configmap settings", null, null),
        ("patch deployment web -p '{\"spec\":{\"template\":{\"spec\":{\"containers\":[{\"name\":\"main\",\"image\":\"example.com/main:2\"}]}}}}'", null, null),
        ("patch king web --type merge -p '{\"spec\":{\"httpOption\":\"Redirected\"}}'", null, null),
        ("patch king web --type json -p '[{\"op\":\"replace\",\"path\":\"/spec/httpOption\",\"value\":\"Enabled\"}]'", null, null),
        ("get king web -o jsonpath={.spec.httpOption}/{.metadata.generation}", null, null),
        ("label configmap settings tier=front", null, null),
        ("annotate configmap settings note=hello", null, null),
        ("get configmaps -l tier=front --show-labels", null, null),
        ("edit configmap settings", null, "sed -i s/blue/green/"),
        ("get configmap settings -o jsonpath={.data.color}", null, null),
        ("scale deployment web --replicas=2", null, null),
        ("get deployment web -o jsonpath={.spec.replicas}", null, null),
        ("scale deployment web --replicas=0", null, null),
        ("create -f -", "{apiVersion: v1, kind: ConfigMap, metadata: {name: made}, data: {a: '1'}}", null),
        ("create -f -", "{apiVersion: v1, kind: ConfigMap, metadata: {name: made}, data: {a: '1'}}", null),
        ("apply --server-side --field-manager=other -f -", "{apiVersion: v1, kind: ConfigMap, metadata: {name: made}, data: {a: '2'}}", null),
        ("apply --server-side --field-manager=other --force-conflicts -f -", "{apiVersion: v1, kind: ConfigMap, metadata: {name: made}, data: {a: '2'}}", null),
        ("wait --for=jsonpath={.data.a}=2 configmap/made --timeout=20s", null, null),
        ("explain king.spec", null, null),
        ("explain king.spec.rules.http.paths.splits.percent", null, null),
        ("api-resources --api-group=networking.internal.knative.dev", null, null),
        ("delete configmap made settings", null, null),
        ("delete king,service,deployment --all", null, null),
        ("wait --for=delete deployment/web --timeout=30s", null, null),
        ("get king,deployments,services", null, null),
    ];
}

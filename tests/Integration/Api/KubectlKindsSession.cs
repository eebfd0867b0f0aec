namespace Knative.Xds.Integration.Api;

/// <summary>Every kind that the Sandbox serves, read, described, changed and deleted.</summary>
internal static class KubectlKindsSession
{
    private const string Kinds = """
        apiVersion: v1
        kind: Secret
        metadata:
          name: keys
        type: Opaque
        stringData:
          token: hidden
        ---
        apiVersion: v1
        kind: Service
        metadata:
          name: api
        spec:
          selector:
            app: api
          ports:
          - name: http
            port: 80
            targetPort: 8080
        ---
        apiVersion: v1
        kind: Service
        metadata:
          name: elsewhere
        spec:
          type: ExternalName
          externalName: elsewhere.example.com
        ---
        apiVersion: v1
        kind: Endpoints
        metadata:
          name: api
        subsets:
        - addresses:
          - ip: 192.0.2.1
          ports:
          - name: http
            port: 8080
        ---
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata:
          name: api-1
          labels:
            kubernetes.io/service-name: api
        addressType: IPv4
        ports:
        - name: http
          port: 8080
        endpoints:
        - addresses:
          - 192.0.2.1
          conditions:
            ready: true
        ---
        apiVersion: v1
        kind: Pod
        metadata:
          name: api-0
          labels:
            app: api
        spec:
          containers:
          - name: main
            image: example.com/main:1
            ports:
            - containerPort: 8080
            env:
            - name: A
              value: "1"
        ---
        apiVersion: coordination.k8s.io/v1
        kind: Lease
        metadata:
          name: leader
        spec:
          holderIdentity: one
          leaseDurationSeconds: 15
        ---
        apiVersion: autoscaling.internal.knative.dev/v1alpha1
        kind: PodAutoscaler
        metadata:
          name: api
        spec:
          protocolType: http1
          scaleTargetRef:
            apiVersion: apps/v1
            kind: Deployment
            name: api
        ---
        apiVersion: networking.internal.knative.dev/v1alpha1
        kind: ServerlessService
        metadata:
          name: api
        spec:
          mode: Serve
          protocolType: http1
          objectRef:
            apiVersion: apps/v1
            kind: Deployment
            name: api
        ---
        apiVersion: autoscaling.internal.knative.dev/v1alpha1
        kind: Metric
        metadata:
          name: api
        spec:
          scrapeTarget: api-private
          stableWindow: 60000000000
          panicWindow: 6000000000
        """;

    public static readonly (string Command, string? Input, string? Editor)[] Steps =
    [
        ("apply -f -", Kinds, null),
        ("apply -f -", Kinds, null),
        ("create -f -", "{apiVersion: v1, kind: Event, metadata: {name: woke}, involvedObject: {apiVersion: v1, kind: Pod, name: api-0, namespace: NAMESPACE}, type: Normal, reason: Woke, message: it is up, source: {component: autoscaler}, count: 1}", null),
        ("get secrets,services,endpointslices", null, null),
        ("get endpoints", null, null),
        ("get pods -o wide", null, null),
        ("get pods -o name", null, null),
        ("get pods --show-labels", null, null),
        ("get pods -o custom-columns=NAME:.metadata.name,IMAGE:.spec.containers[*].image", null, null),
        ("get lease", null, null),
        ("get events", null, null),
        ("get kpa,sks,metric", null, null),
        ("get all -l app=api", null, null),
        ("get pods -A -l app=api", null, null),
        ("get secret keys -o yaml", null, null),
        ("get endpointslice api-1 -o yaml", null, null),
        ("get lease leader -o yaml", null, null),
        ("get service elsewhere -o yaml", null, null),
        ("describe secret keys", null, null),
        ("describe service api", null, null),
        ("describe endpointslice api-1", null, null),
        ("describe lease leader", null, null),
        ("describe sks api", null, null),
        ("describe kpa api", null, null),
        ("describe namespace NAMESPACE", null, null),
        ("label pod api-0 tier=back", null, null),
        ("annotate service api note=hello", null, null),
        ("patch lease leader --type merge -p '{\"spec\":{\"holderIdentity\":\"two\"}}'", null, null),
        ("patch pod api-0 -p '{\"spec\":{\"containers\":[{\"name\":\"main\",\"image\":\"example.com/main:2\"}]}}'", null, null),
        ("patch service api --type json -p '[{\"op\":\"add\",\"path\":\"/spec/ports/-\",\"value\":{\"name\":\"h2\",\"port\":81}}]'", null, null),
        ("patch sks api --type merge -p '{\"spec\":{\"mode\":\"Sideways\"}}'", null, null),
        ("edit lease leader", null, "sed -i s/two/three/"),
        ("get lease leader -o jsonpath={.spec.holderIdentity}", null, null),
        ("get service api -o jsonpath={.spec.ports[*].name}", null, null),
        ("api-resources --api-group=coordination.k8s.io", null, null),
        ("api-resources --api-group=discovery.k8s.io", null, null),
        ("api-resources --api-group=autoscaling.internal.knative.dev", null, null),
        ("explain lease.spec.holderIdentity", null, null),
        ("explain endpointslice.endpoints.conditions.ready", null, null),
        ("explain pod.spec.containers.image", null, null),
        ("explain sks.spec.mode", null, null),
        ("explain kpa.spec", null, null),
        ("delete pod api-0 --grace-period=0 --force", null, null),
        ("delete lease,secret,event --all", null, null),
        ("delete service api elsewhere", null, null),
        ("delete kpa,sks,metric --all", null, null),
        ("delete endpointslice,endpoints --all", null, null),
        ("get pods,leases,secrets,services,endpointslices,kpa,sks,metric", null, null),
    ];
}

namespace Knative.Xds.Integration.Api;

/// <summary>What is typed in the sessions with kubectl: a command, its standard input, and what edits in place of an editor.</summary>
internal static class KubectlSessions
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

    private static readonly (string Command, string? Input, string? Editor)[] Session =
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

    private static readonly (string Command, string? Input, string? Editor)[] KindsSession =
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

    // kubectl sends what it makes itself as protobuf.
    private static readonly (string Command, string? Input, string? Editor)[] CreateSession =
    [
        ("create configmap plain --from-literal=a=1 --from-literal=empty=", null, null),
        ("create secret generic keys --from-literal=user=me", null, null),
        ("create service clusterip web --tcp=80:8080 --tcp=81:named", null, null),
        ("create service externalname elsewhere --external-name=elsewhere.example.com", null, null),
        ("create deployment web --image=example.com/main:1 --replicas=0 --port=8080 -- run it", null, null),
        ("create deployment ones --image=example.com/main:1 --image=example.com/side:2 --replicas=0", null, null),
        ("create serviceaccount robot", null, null),
        ("create role reader --verb=get,list --resource=pods --resource-name=one", null, null),
        ("create rolebinding readers --role=reader --serviceaccount=NAMESPACE:robot --user=me", null, null),
        ("autoscale deployment web --min=1 --max=5 --cpu=80%", null, null),
        ("expose deployment web --port=80 --target-port=8080 --name=exposed", null, null),
        ("run once --image=example.com/main:1 --labels=app=once --env=A=1", null, null),
        ("set image deployment/web main=example.com/main:2", null, null),
        ("set env deployment/web B=2", null, null),
        ("create configmap plain --from-literal=a=1", null, null),
        ("get configmap plain -o yaml", null, null),
        ("get secret keys -o yaml", null, null),
        ("get service web -o yaml", null, null),
        ("get service elsewhere -o jsonpath={.spec}", null, null),
        ("get service exposed -o jsonpath={.spec.ports}{.spec.selector}", null, null),
        ("get deployment web -o jsonpath={.spec.template}", null, null),
        ("get deployment web -o jsonpath={.spec.replicas}{.spec.strategy}{.spec.selector}{.metadata.labels}", null, null),
        ("get deployment ones -o jsonpath={.spec.template.spec.containers[*].name}", null, null),
        ("get serviceaccount robot -o name", null, null),
        ("get role reader -o jsonpath={.rules}", null, null),
        ("get rolebinding readers -o jsonpath={.subjects}{.roleRef}", null, null),
        ("get hpa web -o jsonpath={.spec}", null, null),
        ("get pod once -o jsonpath={.metadata.labels}{.spec.containers[0].env}", null, null),
        ("create namespace NAMESPACE-2", null, null),
        ("delete namespace NAMESPACE-2 --wait=false", null, null),
    ];

    /// <summary>The sessions by name; the golden output has the same name. NAMESPACE stands for the session's own.</summary>
    public static IReadOnlyDictionary<string, (string Command, string? Input, string? Editor)[]> All { get; } =
        new Dictionary<string, (string Command, string? Input, string? Editor)[]> { ["session"] = Session, ["kinds"] = KindsSession, ["create"] = CreateSession };
}

namespace Knative.Xds.Integration.Api;

/// <summary>Commands that make objects themselves: kubectl sends those as protobuf.</summary>
internal static class KubectlCreateSession
{
    public static readonly (string Command, string? Input, string? Editor)[] Steps =
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
}

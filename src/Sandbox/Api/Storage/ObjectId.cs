namespace Knative.Xds.Sandbox.Api.Storage;

/// <summary>Identity of an object within its kind; Namespace is empty for cluster-scoped kinds.</summary>
internal readonly record struct ObjectId(string Namespace, string Name)
{
    /// <summary>Storage key: lists are ordered by it, as etcd orders them.</summary>
    public string Key => Namespace.Length == 0 ? Name : $"{Namespace}/{Name}";
}

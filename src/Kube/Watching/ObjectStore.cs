using System.Diagnostics.CodeAnalysis;
using k8s;
using k8s.Models;
using Knative.Xds.Core.Model;

namespace Knative.Xds.Kube.Watching;

/// <summary>Objects of one kind by key, with secondary indexes. Objects in it are shared: never change them.</summary>
/// <remarks>Threading: one writer (its informer), any number of readers.</remarks>
public sealed class ObjectStore<T> where T : class, IKubernetesObject<V1ObjectMeta>
{
    /// <summary>Number of objects.</summary>
    public int Count => throw new NotImplementedException();

    /// <summary>Adds an index; only before its informer runs. An object may have any number of values.</summary>
    public void AddIndex(string name, Func<T, IEnumerable<string>> values) => throw new NotImplementedException();

    /// <summary>Finds an object by key.</summary>
    public bool TryGet(ObjectKey key, [NotNullWhen(true)] out T? value) => throw new NotImplementedException();

    /// <summary>All objects at this moment, in no order.</summary>
    public IReadOnlyCollection<T> List() => throw new NotImplementedException();

    /// <summary>Objects that have <paramref name="value"/> in the index, in no order.</summary>
    public IReadOnlyCollection<T> ByIndex(string index, string value) => throw new NotImplementedException();
}

using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;

namespace Knative.Xds.Activation.Revisions;

/// <summary>Tells which revision a request is for.</summary>
/// <remarks>Source: knative/serving pkg/activator/handler/context_handler.go.</remarks>
internal static class RevisionResolver
{
    /// <summary>The revision by the two headers, else by a Host of the form <c>revision.namespace.svc.domain</c>; empty parts when neither names one.</summary>
    public static ObjectKey Resolve(IHeaderDictionary headers, string host, string clusterDomain)
    {
        var (ns, name) = (headers[HeaderNames.RevisionNamespace].ToString(), headers[HeaderNames.RevisionName].ToString());
        return ns.Length > 0 && name.Length > 0 ? new ObjectKey(ns, name) : FromHost(host, clusterDomain);
    }

    private static ObjectKey FromHost(string host, string clusterDomain)
    {
        var colon = host.LastIndexOf(':');
        var bare = colon < 0 ? host : host[..colon];
        var suffix = ".svc." + clusterDomain;
        var labels = bare.EndsWith(suffix, StringComparison.OrdinalIgnoreCase) ? bare[..^suffix.Length].Split('.') : [];
        return labels.Length == 2 ? new ObjectKey(labels[1], labels[0]) : new ObjectKey("", "");
    }
}

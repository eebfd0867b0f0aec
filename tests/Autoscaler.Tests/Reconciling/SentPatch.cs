namespace Knative.Xds.Autoscaler.Tests.Reconciling;

/// <summary>A patch as the API gets it.</summary>
/// <param name="Target">Name, type of the patch, and subresource in brackets.</param>
/// <param name="Resource">Group, version and resource, as Go prints them.</param>
/// <param name="Body">The patch.</param>
internal sealed record SentPatch(string Target, string Resource, string Body);

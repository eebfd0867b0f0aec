using Knative.Xds.Sandbox.Api.Storage;

namespace Knative.Xds.Sandbox.Api.Kinds;

/// <summary>What rules may look at besides the object itself.</summary>
internal sealed record RuleContext(ObjectStore Store, DateTimeOffset Now);

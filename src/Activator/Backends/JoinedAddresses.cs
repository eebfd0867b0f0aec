using System.Collections.Immutable;

namespace Knative.Xds.Activation.Backends;

/// <summary>Addresses as a log line shows them; joined only when it is written.</summary>
internal readonly struct JoinedAddresses(ImmutableArray<string> addresses)
{
    public override string ToString() => string.Join(' ', addresses);
}

namespace Knative.Xds.QueueProxy.Listening;

/// <summary>How the connections of a port are let in and sorted.</summary>
/// <param name="Time">Clock of <paramref name="SilenceLimit"/>.</param>
/// <param name="SilenceLimit">How long a client may take to say what it speaks.</param>
/// <param name="Gate">Who may come in; null lets everybody in.</param>
/// <param name="Tls">Null on a plain port.</param>
internal sealed record SortingRules(TimeProvider Time, TimeSpan SilenceLimit, ConnectionGate? Gate, TlsTerminator? Tls);

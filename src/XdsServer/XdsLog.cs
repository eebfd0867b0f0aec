using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.Core.Model;

namespace Knative.Xds.XdsServer;

/// <summary>Log messages of this area: 1000 to 1999.</summary>
internal static partial class XdsLog
{
    [LoggerMessage(1000, LogLevel.Information, "A {Variant} stream of {Node} at {Peer} is open; fleet: {Fleet}")]
    public static partial void StreamOpened(ILogger logger, string variant, string node, string peer, string fleet);

    [LoggerMessage(1001, LogLevel.Information, "A {Variant} stream of {Node} at {Peer} has ended")]
    public static partial void StreamClosed(ILogger logger, string variant, string node, string peer);

    [LoggerMessage(1003, LogLevel.Warning, "Stream {Stream} refuses {Count} {Type} ({First}, …): {Message}")]
    public static partial void Nacked(ILogger logger, long stream, ResourceType type, int count, string? first, string message);

    [LoggerMessage(1004, LogLevel.Warning, "Stream {Stream} has not taken in time what {Count} {Type} depend on: they go out")]
    public static partial void HoldEnds(ILogger logger, long stream, int count, ResourceType type);

    [LoggerMessage(1040, LogLevel.Warning, "Stream {Stream} has not answered a response of {Type}: later ones do not wait for it")]
    public static partial void AnswerOverdue(ILogger logger, long stream, ResourceType type);

    [LoggerMessage(1042, LogLevel.Warning, "{Node} of fleet {Fleet} has not answered {Type} within the limit: ingresses become ready without it until it does")]
    public static partial void GatewaySilent(ILogger logger, string node, string fleet, ResourceType type);

    [LoggerMessage(1043, LogLevel.Information, "{Node} of fleet {Fleet} answers {Type} again, and counts")]
    public static partial void GatewayAnswers(ILogger logger, string node, string fleet, ResourceType type);

    [LoggerMessage(1041, LogLevel.Information, "Stream {Stream} asks for {TypeUrl}, which is not served")]
    public static partial void UnknownType(ILogger logger, long stream, string typeUrl);

    [LoggerMessage(1044, LogLevel.Warning, "Stream {Stream} of {Node} asks for so many names of {Type} that new ones which mean nothing, or too many that others stand for, are not answered: its clients choose them")]
    public static partial void NamesUnanswered(ILogger logger, long stream, string node, ResourceType type);

    [LoggerMessage(1010, LogLevel.Information, "Caches have synced: {Ingresses} ingresses; streams are accepted")]
    public static partial void Synced(ILogger logger, int ingresses);

    [LoggerMessage(1011, LogLevel.Warning, "{Ingress} cannot be served as it is: {Message} ({Field}, {Reason})")]
    public static partial void IngressProblem(ILogger logger, ObjectKey ingress, string message, string field, string reason);

    [LoggerMessage(1012, LogLevel.Error, "{Ingress} could not be translated; it stays as it was until something about it changes")]
    public static partial void TranslationFailed(ILogger logger, ObjectKey ingress, Exception error);

    [LoggerMessage(1013, LogLevel.Critical, "The owner loop has failed")]
    public static partial void LoopFailed(ILogger logger, Exception error);

    [LoggerMessage(1014, LogLevel.Warning, "Secret {Secret} {Fault}")]
    public static partial void SecretUnusable(ILogger logger, ObjectKey secret, string fault);

    [LoggerMessage(1015, LogLevel.Warning, "{Ingress} sends traffic to Services without endpoints: {Services}. It is served without them")]
    public static partial void NoEndpoints(ILogger logger, ObjectKey ingress, string services);

    [LoggerMessage(1016, LogLevel.Warning, "Of those whom activators and queue-proxies go back to: {Problem}")]
    public static partial void AuthorityUnusable(ILogger logger, Problem problem);

    [LoggerMessage(1017, LogLevel.Warning, "{Fleet} goes back to the former version of {Resource}, as a gateway refuses the new one: {Message}")]
    public static partial void GoesBack(ILogger logger, string fleet, ResourceId resource, string message);

    [LoggerMessage(1021, LogLevel.Warning, "Lease {Lease}, by which the other replicas learn about this one's gateways, could not be kept: {Error}")]
    public static partial void ReplicaLeaseFailed(ILogger logger, string lease, string error);

    [LoggerMessage(1018, LogLevel.Error, "The endpoints of {Service} could not be computed; they stay as they were until something about it changes")]
    public static partial void EndpointsFailed(ILogger logger, ObjectKey service, Exception error);

    [LoggerMessage(1019, LogLevel.Error, "{Ingress} could not be judged; its status stays as it was until something about it changes")]
    public static partial void VerdictFailed(ILogger logger, ObjectKey ingress, Exception error);

    [LoggerMessage(1023, LogLevel.Error, "The configuration could not be followed; the former one stays in effect until it changes again")]
    public static partial void ConfigurationFailed(ILogger logger, Exception error);

    [LoggerMessage(1024, LogLevel.Error, "{Host}, which gRPC clients ask for, could not be translated; it stays as it was until something about it changes")]
    public static partial void ClientHostFailed(ILogger logger, string host, Exception error);

    [LoggerMessage(1025, LogLevel.Information, "{Ingress} is bad; its generation {Generation}, of which another replica knows, is served in its place")]
    public static partial void LastGoodAdopted(ILogger logger, ObjectKey ingress, long generation);

    [LoggerMessage(1026, LogLevel.Warning, "What other replicas serve in place of bad ingresses could not be read: hosts of those stay without routes until they are mended: {Error}")]
    public static partial void LastGoodUnreadable(ILogger logger, string error);

    [LoggerMessage(1027, LogLevel.Information, "{Ingress} goes to other gateways; those of {Fleets} serve it yet, the last for {Limit}")]
    public static partial void Moves(ILogger logger, ObjectKey ingress, string fleets, TimeSpan limit);

    [LoggerMessage(1020, LogLevel.Warning, "{Ingress}: its status could not be written; next try follows: {Error}")]
    public static partial void StatusWriteFailed(ILogger logger, ObjectKey ingress, string error);

    [LoggerMessage(1022, LogLevel.Warning, "{Ingress} is being deleted, and net-kourier's finalizer could not be taken off; next try follows: {Error}")]
    public static partial void FinalizerNotTakenOff(ILogger logger, ObjectKey ingress, string error);
}

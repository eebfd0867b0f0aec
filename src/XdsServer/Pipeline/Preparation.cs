using System.Collections.Immutable;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.ControlPlane.Translation;
using Knative.Xds.Core.Model;

namespace Knative.Xds.XdsServer.Pipeline;

/// <summary>An ingress read, translated and encoded: all of the work on it that depends on no other ingress, and so can be done for many at a time.</summary>
/// <param name="Key">The ingress.</param>
/// <param name="Reading">The ingress as it is now; null when there is none.</param>
/// <param name="Next">What follows from it; null when there is none, or when it cannot be served.</param>
internal sealed record Preparation(ObjectKey Key, IngressReading? Reading, IngressEntry? Next)
{
    private const string FaultReason = "TranslationFailed";
    // From so many on, threads are worth their start.
    private const int Many = 64;

    /// <summary>What is wrong with it.</summary>
    public ImmutableArray<Problem> Problems { get; private init; } = [];
    /// <summary>The Services that it names, if it could be read.</summary>
    public ImmutableArray<ObjectKey> Services { get; private init; } = [];
    /// <summary>It was translated.</summary>
    public bool IsTranslated { get; private init; }
    /// <summary>The endpoints of the ports that it needs, where they were computed beforehand.</summary>
    public ImmutableArray<(BackendPort Port, EncodedResource Assignment)> Endpoints { get; private init; } = [];
    /// <summary>What the reading, or the translation, threw: a fault of ours.</summary>
    public Exception? Fault { get; private init; }

    /// <summary>Prepares ingresses, in the order given.</summary>
    /// <param name="keys">The ingresses.</param>
    /// <param name="view">May be read from several threads.</param>
    /// <param name="settings">Settings of the translation.</param>
    /// <param name="entries">What has been before.</param>
    public static IEnumerable<Preparation> Of(IReadOnlyCollection<ObjectKey> keys, IClusterView view, TranslationSettings settings, IReadOnlyDictionary<ObjectKey, IngressEntry> entries) => keys.Count < Many
        ? keys.Select(key => Of(key, view, settings, entries.GetValueOrDefault(key)))
        : keys.AsParallel().AsOrdered().Select(key => Of(key, view, settings, entries.GetValueOrDefault(key)).WithEndpoints(view)).ToList();

    /// <summary>Prepares a state that an ingress had, among Services and Secrets as they are now.</summary>
    /// <param name="reading">The ingress as it is now.</param>
    /// <param name="ingress">The ingress as it was.</param>
    /// <param name="backends">What it refers to.</param>
    /// <param name="settings">Settings of the translation.</param>
    /// <param name="before">What has been before.</param>
    public static Preparation Again(IngressReading reading, Ingress ingress, IBackendLookup backends, TranslationSettings settings, IngressEntry before)
    {
        try
        {
            return Of(ingress.Key, reading, ingress, backends, settings, before);
        }
        catch (Exception fault)
        {
            return new(ingress.Key, reading, null) { Fault = fault };
        }
    }

    /// <summary>Computes the endpoints of a port.</summary>
    public static EncodedResource Assignment(BackendPort port, IClusterView view) => EncodedResource.Of(EndpointTranslator.Translate(view.Endpoints(port)));

    private Preparation WithEndpoints(IClusterView view)
    {
        try
        {
            return this with { Endpoints = [.. (Next?.Backends ?? []).Select(port => (port, Assignment(port, view)))] };
        }
        catch (Exception)
        {
            // They are computed again when they are needed, each for itself.
            return this;
        }
    }

    private static Preparation Of(ObjectKey key, IClusterView view, TranslationSettings settings, IngressEntry? before)
    {
        IngressReading? reading = null;
        try
        {
            reading = view.FindIngress(key);
            return reading switch
            {
                null => new(key, null, null),
                { Value: { } ingress } => Of(key, reading, ingress, view, settings, before),
                _ => new(key, reading, null) { Problems = reading.Problems },
            };
        }
        catch (Exception fault)
        {
            return new(key, reading, null)
            {
                Fault = fault,
                Problems = [new(key, "spec", FaultReason, $"The server failed to translate it ({fault.GetType().Name}); its log says more.")],
                // A change of any of them may end it.
                Services = [.. (reading?.Value?.Rules ?? []).SelectMany(rule => rule.Paths).SelectMany(path => path.Splits).Select(split => split.Service).Distinct()],
            };
        }
    }

    private static Preparation Of(ObjectKey key, IngressReading reading, Ingress ingress, IBackendLookup backends, TranslationSettings settings, IngressEntry? before)
    {
        var result = IngressTranslator.Translate(ingress, backends, Within(reading, settings), before?.CertificateSources);
        return new(key, reading, result.IsGood ? Entry(reading, ingress, result.Value) : null) { Problems = result.Problems, Services = result.Value.Services, IsTranslated = true };
    }

    /// <remarks>All fleets of an ingress share its routes: one of them without a listener for TLS would send its clients to a closed door.</remarks>
    private static TranslationSettings Within(IngressReading reading, TranslationSettings settings) =>
        settings.AllowsRedirects && reading.Fleets.Any(fleet => fleet.Options.ExternalTlsListen is null) ? settings with { AllowsRedirects = false } : settings;

    private static IngressEntry Entry(IngressReading reading, Ingress ingress, IngressResources resources) => new()
    {
        Generation = reading.Generation,
        CreatedAt = reading.CreatedAt,
        Fleets = reading.Fleets,
        Ingress = ingress,
        Wanted = ingress,
        Problems = resources.BackendProblems,
        Missing = resources.Missing,
        Services = resources.Services,
        Secrets = resources.Secrets,
        IsPending = resources.IsPending,
        CertificateProblems = resources.CertificateProblems,
        CertificateSources = resources.CertificateSources,
        ByHost = [.. resources.Scopes.Select(HostResource.Of), .. resources.Certificates.Select(HostResource.Of)],
        Others = [.. resources.Clusters.Select(EncodedResource.Of), .. resources.Routes.Select(EncodedResource.Of)],
        Ports = resources.Ports,
        Backends = resources.Backends,
    };
}

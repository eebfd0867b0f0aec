using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.ControlPlane.Translation;
using Knative.Xds.Core.Model;
using Knative.Xds.XdsServer.Fleets;

namespace Knative.Xds.XdsServer.Pipeline;

/// <summary>Lets the gateways, and the translation of ingresses, follow the configuration.</summary>
/// <remarks>Not thread-safe: the owner loop's.</remarks>
internal sealed class ConfigurationUpkeep(EffectiveSettings settings, FleetDirectory fleets, FleetUpkeep upkeep, IngressPipeline pipeline, XdsMetrics metrics, ILogger logger)
{
    // Who owns what belongs to no ingress: no object has this key.
    private static readonly ObjectKey Operator = new("", "gateways");
    private bool _isNew;

    /// <summary>The configuration has changed.</summary>
    public void Mark() => _isNew = true;

    /// <summary>A Secret has changed: what the configuration names is a part of it.</summary>
    public void MarkSecret(ObjectKey secret) => _isNew |= settings.IsDefaultCertificate(secret);

    /// <summary>Follows it if it has changed.</summary>
    public void FollowIfNew()
    {
        if (!_isNew)
        {
            return;
        }

        _isNew = false;
        try
        {
            Follow();
        }
        catch (Exception fault)
        {
            // Nothing of it is in effect; what was before is, until the configuration changes again.
            metrics.Failed(XdsMetrics.Faulty.Configuration);
            XdsLog.ConfigurationFailed(logger, fault);
        }
    }

    /// <summary>Follows it.</summary>
    public void Follow()
    {
        settings.Follow();
        var translation = settings.Translation();
        var all = fleets.All.Select(fleet => (Fleet: fleet, Resources: Translate(fleet))).ToList();
        foreach (var (fleet, resources) in all)
        {
            upkeep.Publish(fleet, fleet.Owners.Assign(Operator, resources));
        }

        pipeline.Configure(translation);
    }

    private List<EncodedResource> Translate(Fleet fleet)
    {
        metrics.GatewayTranslated();
        return [.. GatewayTranslator.Translate(settings.Gateways(fleet.Options)).Messages.Select(EncodedResource.Of)];
    }
}

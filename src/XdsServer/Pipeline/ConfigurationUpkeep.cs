using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.ControlPlane.Translation;
using Knative.Xds.Core.Model;
using Knative.Xds.XdsServer.Fleets;

namespace Knative.Xds.XdsServer.Pipeline;

/// <summary>Lets the gateways, and the translation of ingresses, follow the configuration.</summary>
/// <remarks>Not thread-safe: the owner loop's.</remarks>
internal sealed class ConfigurationUpkeep(EffectiveSettings settings, FleetDirectory fleets, FleetUpkeep upkeep, IngressPipeline pipeline, XdsMetrics metrics)
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
        if (_isNew)
        {
            _isNew = false;
            Follow();
        }
    }

    /// <summary>Follows it.</summary>
    public void Follow()
    {
        settings.Follow();
        foreach (var fleet in fleets.All)
        {
            metrics.GatewayTranslated();
            var resources = GatewayTranslator.Translate(settings.Gateways(fleet.Options)).Messages.Select(EncodedResource.Of).ToList();
            upkeep.Publish(fleet, fleet.Owners.Assign(Operator, resources));
        }

        pipeline.Configure(settings.Translation());
    }
}

using Knative.Xds.ControlPlane.Protocol;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.ControlPlane.Tests.Resources;
using static Knative.Xds.ControlPlane.Resources.ResourceType;

namespace Knative.Xds.ControlPlane.Tests.Protocol;

/// <summary>Refusals in the state-of-the-world variant; docs/compatibility.md lists the rules.</summary>
public sealed class SotwRefusalTests
{
    private readonly ResourceStore _store = new();

    [Fact]
    public void Nack_IsKnownByItsErrorNotByItsVersion()
    {
        _store.With(Sample.Routes("a"));
        var client = new SotwClient(_store);
        var response = Assert.Single(client.Ask(RouteConfiguration, "a"));

        // As gRPC does when it takes the good part of a response: the new version, and an error.
        client.Send(new() { TypeUrl = response.TypeUrl, ResponseNonce = response.Nonce, VersionInfo = response.VersionInfo, ResourceNames = { "a" }, ErrorDetail = new() { Message = "no" } });

        Assert.Equal("no", Assert.Single(client.Effects.OfType<StreamEffect.Nacked>()).Message);
    }

    [Fact]
    public void Nack_OfOne_IsNotRepeatedUntilItsContentChanges()
    {
        _store.With(Sample.Routes("a"));
        var client = new SotwClient(_store);
        Assert.Empty(client.Nack(Assert.Single(client.Ask(RouteConfiguration, "a")), "no", "a"));
        Assert.Empty(client.Push());

        Assert.Equal([Sample.Routes("a", "x").Body], Assert.Single(client.Push(Sample.Routes("a", "x"))).Resources);
    }

    [Fact]
    public void Nack_OfOneThenBackToWhatTheClientHolds_IsSentAllTheSame()
    {
        _store.With(Sample.Routes("a", "good"));
        var client = new SotwClient(_store);
        client.Ack(Assert.Single(client.Ask(RouteConfiguration, "a")), "a");
        Assert.Empty(client.Nack(Assert.Single(client.Push(Sample.Routes("a", "bad"))), "no", "a"));

        Assert.Equal([Sample.Routes("a", "good").Body], Assert.Single(client.Push(Sample.Routes("a", "good"))).Resources);
    }

    [Fact]
    public void Nack_OfACollectionThenBackToWhatTheClientHolds_IsSentAllTheSame()
    {
        _store.With(Sample.Listener("a", 1));
        var client = new SotwClient(_store);
        client.Ack(Assert.Single(client.Ask(Listener)));
        Assert.Empty(client.Nack(Assert.Single(client.Push(Sample.Listener("a", 2))), "no"));

        Assert.Equal([Sample.Listener("a", 1).Body], Assert.Single(client.Push(Sample.Listener("a", 1))).Resources);
    }

    [Fact]
    public void Nack_OfACollection_IsNotRepeatedByUnrelatedAcks()
    {
        _store.With(Sample.Listener("a", 1));
        var client = new SotwClient(_store);
        var response = Assert.Single(client.Ask(Listener));
        Assert.Empty(client.Nack(response, "no"));

        Assert.Empty(client.Send(new() { TypeUrl = response.TypeUrl, ResponseNonce = response.Nonce, ErrorDetail = new() { Message = "no" } }));
        Assert.Single(client.Effects.OfType<StreamEffect.Nacked>());
    }

    [Fact]
    public void RepeatedError_CarriesSubscriptionChange()
    {
        // grpc-js repeats its error on every request until a clean response arrives.
        _store.With(Sample.Routes("a"), Sample.Routes("b"));
        var client = new SotwClient(_store);
        var first = Assert.Single(client.Ask(RouteConfiguration, "a"));
        client.Nack(first, "no", "a");

        Assert.Equal([Sample.Routes("b").Body], Assert.Single(client.Nack(first, "no", "a", "b")).Resources);
    }
}

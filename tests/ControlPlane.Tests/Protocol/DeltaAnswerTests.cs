using Knative.Xds.ControlPlane.Protocol;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.ControlPlane.Tests.Resources;
using static Knative.Xds.ControlPlane.Resources.ResourceType;

namespace Knative.Xds.ControlPlane.Tests.Protocol;

/// <summary>Incremental clients that answer late, or never. docs/compatibility.md lists the rules.</summary>
public sealed class DeltaAnswerTests
{
    private readonly ResourceStore _store = new();

    [Fact]
    public void ClientThatNeverAnswers_HoldsATypeBackForTheLimitOnly()
    {
        _store.With(Sample.Routes("r"));
        var client = new DeltaClient(_store).Subscribe(RouteConfiguration, "r");
        client.Receive(RouteConfiguration);
        _store.With(Sample.Routes("r", "x"));
        Assert.Empty(client.Push().Tick(StreamPolicy.Default.AnswerTicks - 1).Inbox);

        Assert.Equal(Sample.Routes("r", "x").Version, Assert.Single(client.Tick().Receive(RouteConfiguration).Resources).Version);
        Assert.Equal([new StreamEffect.Overdue(RouteConfiguration)], client.Effects.OfType<StreamEffect.Overdue>());
    }

    [Fact]
    public void ClientThatNeverAnswers_IsSilentOnceAfterAsLongAsChangesWaitForIt_WhateverElseIsSent()
    {
        _store.With(Sample.Routes("r"));
        var client = new DeltaClient(_store, new StreamPolicy { HoldTicks = 10, AnswerTicks = 4 }).Subscribe(RouteConfiguration, "r");
        client.Receive(RouteConfiguration);
        client.Tick(5);
        _store.With(Sample.Routes("r", "x"));
        client.Push().Receive(RouteConfiguration);
        client.Tick(4);
        Assert.Empty(client.Effects.OfType<StreamEffect.Silent>());
        Assert.True(client.NeedsTicks);

        client.Tick();
        Assert.Equal([new StreamEffect.Silent(RouteConfiguration)], client.Effects.OfType<StreamEffect.Silent>());
        Assert.False(client.NeedsTicks);

        client.Tick(30);
        Assert.Single(client.Effects.OfType<StreamEffect.Silent>());
    }

    [Fact]
    public void ClientThatAnswersOneOfTwoLateResponses_OwesTheOther()
    {
        _store.With(Sample.Routes("r"));
        var client = new DeltaClient(_store, new StreamPolicy { HoldTicks = 10, AnswerTicks = 4 }).Subscribe(RouteConfiguration, "r");
        var first = client.Receive(RouteConfiguration);
        client.Tick(4);
        _store.With(Sample.Routes("r", "x"));
        client.Push().Receive(RouteConfiguration);
        client.Tick(6);
        Assert.Single(client.Effects.OfType<StreamEffect.Silent>());

        client.Ack(first);
        Assert.True(client.NeedsTicks);
        client.Tick(9);
        Assert.Single(client.Effects.OfType<StreamEffect.Silent>());
        client.Tick();
        Assert.Equal(2, client.Effects.OfType<StreamEffect.Silent>().Count());
    }

    [Fact]
    public void ClientThatAnswersTheNewestOfTwoLateResponses_OwesNothing()
    {
        _store.With(Sample.Routes("r"));
        var client = new DeltaClient(_store, new StreamPolicy { HoldTicks = 10, AnswerTicks = 4 }).Subscribe(RouteConfiguration, "r");
        client.Receive(RouteConfiguration);
        client.Tick(4);
        _store.With(Sample.Routes("r", "x"));
        var second = client.Push().Receive(RouteConfiguration);
        client.Tick(6);

        // Answers come in the order of the responses: none will come to the first.
        client.Ack(second).Tick(30);

        Assert.Single(client.Effects.OfType<StreamEffect.Silent>());
        Assert.False(client.NeedsTicks);
    }

    [Fact]
    public void ClientThatHasAnswered_IsNotSilentHoweverLongNothingIsSaid()
    {
        _store.With(Sample.Routes("r"));
        var client = new DeltaClient(_store).Subscribe(RouteConfiguration, "r");
        client.Tick(9).Accept(RouteConfiguration);
        client.Tick(30);
        _store.With(Sample.Routes("r", "x"));
        client.Push().Tick(9);

        Assert.Empty(client.Effects.OfType<StreamEffect.Silent>());
        client.Nack(client.Receive(RouteConfiguration)).Tick(30);
        Assert.Empty(client.Effects.OfType<StreamEffect.Silent>());
    }

    [Fact]
    public void LateAnswerToAnOlderVersion_TellsWhatTheClientHoldsMeanwhile()
    {
        _store.With(Sample.Routes("r"));
        var client = new DeltaClient(_store).Subscribe(RouteConfiguration, "r");
        var first = client.Receive(RouteConfiguration);
        _store.With(Sample.Routes("r", "x"));
        var second = client.Push().Tick(StreamPolicy.Default.AnswerTicks).Receive(RouteConfiguration);

        client.Ack(first).Nack(second);

        Assert.Equal([new AckedResource("r", Sample.Routes("r").Version)], client.Effects.OfType<StreamEffect.Acked>().Single().Resources);
        Assert.Equal([new AckedResource("r", Sample.Routes("r", "x").Version)], client.Effects.OfType<StreamEffect.Nacked>().Single().Resources);
    }
}

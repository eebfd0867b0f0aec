using Knative.Xds.ControlPlane.Protocol;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.ControlPlane.Tests.Resources;
using static Knative.Xds.ControlPlane.Resources.ResourceType;

namespace Knative.Xds.ControlPlane.Tests.Protocol;

/// <summary>State-of-the-world clients that answer late, or never. docs/compatibility.md lists the rules.</summary>
public sealed class SotwAnswerTests
{
    private static readonly StreamPolicy Impatient = new() { HoldTicks = 10, AnswerTicks = 4 };
    private readonly ResourceStore _store = new();

    [Fact]
    public void ClientThatNeverAnswers_HoldsATypeBackForTheLimitOnly()
    {
        _store.With(Sample.Routes("r"));
        var client = new SotwClient(_store);
        Assert.Single(client.Ask(RouteConfiguration, "r"));
        Assert.Empty(client.Push(Sample.Routes("r", "x")));
        Assert.Empty(client.Tick(StreamPolicy.Default.AnswerTicks - 1));

        Assert.Equal([Sample.Routes("r", "x").Body], Assert.Single(client.Tick()).Resources);
        Assert.Equal([new StreamEffect.Overdue(RouteConfiguration)], client.Effects.OfType<StreamEffect.Overdue>());
    }

    [Fact]
    public void ClientThatNeverAnswers_IsSentTheWholeSetBehindTheOneItLeftUnanswered()
    {
        _store.With(Sample.Listener("a"));
        var client = new SotwClient(_store);
        Assert.Single(client.Ask(Listener));
        Assert.Empty(client.Push(Sample.Listener("b")));
        Assert.Empty(client.Tick(StreamPolicy.Default.AnswerTicks - 1));

        Assert.Equal([Sample.Listener("a").Body, Sample.Listener("b").Body], Assert.Single(client.Tick()).Resources);
    }

    [Fact]
    public void ClientThatNeverAnswers_IsSilentOnceAfterAsLongAsChangesWaitForIt_WhateverElseIsSent()
    {
        var client = Asking(Impatient);
        client.Tick(5);
        Assert.Single(client.Push(Sample.Routes("r", "x")));
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
        var client = new SotwClient(_store, Impatient);
        var first = Assert.Single(client.Ask(RouteConfiguration, "r"));
        client.Tick(4);
        Assert.Single(client.Push(Sample.Routes("r", "x")));
        client.Tick(6);
        Assert.Single(client.Effects.OfType<StreamEffect.Silent>());

        Assert.Empty(client.Ack(first, "r"));
        Assert.True(client.NeedsTicks);
        client.Tick(9);
        Assert.Single(client.Effects.OfType<StreamEffect.Silent>());
        client.Tick();
        Assert.Equal(2, client.Effects.OfType<StreamEffect.Silent>().Count());
    }

    [Fact]
    public void ClientThatAnswersTheNewestOfTwoLateResponses_OwesNothing()
    {
        var client = Asking(Impatient);
        client.Tick(4);
        var second = Assert.Single(client.Push(Sample.Routes("r", "x")));
        client.Tick(6);

        // Answers come in the order of the responses: none will come to the first.
        client.Ack(second, "r");
        client.Tick(30);

        Assert.Single(client.Effects.OfType<StreamEffect.Silent>());
        Assert.False(client.NeedsTicks);
    }

    [Fact]
    public void ClientThatHasAnswered_IsNotSilentHoweverLongNothingIsSaid()
    {
        _store.With(Sample.Routes("r"));
        var client = new SotwClient(_store);
        var first = Assert.Single(client.Ask(RouteConfiguration, "r"));
        client.Tick(9);
        client.Ack(first, "r");
        client.Tick(30);
        var second = Assert.Single(client.Push(Sample.Routes("r", "x")));
        client.Tick(9);

        Assert.Empty(client.Effects.OfType<StreamEffect.Silent>());
        client.Nack(second, "refused", "r");
        client.Tick(30);
        Assert.Empty(client.Effects.OfType<StreamEffect.Silent>());
    }

    [Fact]
    public void LateAnswerToAnOlderVersion_TellsWhatTheClientHoldsMeanwhile()
    {
        _store.With(Sample.Routes("r"));
        var client = new SotwClient(_store);
        var first = Assert.Single(client.Ask(RouteConfiguration, "r"));
        client.Push(Sample.Routes("r", "x"));
        var second = Assert.Single(client.Tick(StreamPolicy.Default.AnswerTicks));

        Assert.Empty(client.Ack(first, "r"));
        Assert.Empty(client.Nack(second, "refused", "r"));

        Assert.Equal([new AckedResource("r", Sample.Routes("r").Version)], client.Effects.OfType<StreamEffect.Acked>().Single().Resources);
        Assert.Equal([new AckedResource("r", Sample.Routes("r", "x").Version)], client.Effects.OfType<StreamEffect.Nacked>().Single().Resources);
    }

    /// <summary>A client that was sent routes <c>r</c> and has not answered.</summary>
    private SotwClient Asking(StreamPolicy policy)
    {
        _store.With(Sample.Routes("r"));
        var client = new SotwClient(_store, policy);
        Assert.Single(client.Ask(RouteConfiguration, "r"));
        return client;
    }
}

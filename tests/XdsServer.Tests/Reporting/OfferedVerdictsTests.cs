using Knative.Xds.Core.Model;
using Knative.Xds.XdsServer.Reporting;

namespace Knative.Xds.XdsServer.Tests.Reporting;

public sealed class OfferedVerdictsTests
{
    // Long enough for what is not held back to happen.
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(100);
    private static readonly ObjectKey Ingress = new("ns", "a");
    private static readonly IngressVerdict Verdict = new() { Generation = 1, Gateways = GatewayState.Taken };
    private static readonly IngressVerdict Waiting = Verdict with { Gateways = GatewayState.Waiting };
    private readonly OfferedVerdicts _verdicts = new();
    private readonly List<IngressVerdict> _told = [];
    private Action<IngressVerdict> _again = _ => { };

    [Fact]
    public void ProverSaysMore_TheVerdictIsToldAsItIs()
    {
        Offer(Verdict, Waiting);
        Assert.Same(Waiting, _verdicts.Find(Ingress));

        _again(Waiting);

        Assert.Same(Verdict, _verdicts.Find(Ingress));
        Assert.Equal([Waiting, Verdict], _told);
    }

    [Fact]
    public void ProverSaysMoreOfAnOlderVerdict_TheNewestStays()
    {
        Offer(Verdict, Waiting);
        var (again, newer) = (_again, Verdict with { Generation = 2 });
        Offer(newer, newer);

        again(Waiting);

        Assert.Same(newer, _verdicts.Find(Ingress));
    }

    [Fact]
    public async Task IngressIsForgottenWhileTheProverSaysMore_StaysForgotten()
    {
        Task forgetting = Task.CompletedTask;
        var isFirst = true;
        _verdicts.Offer(Ingress, Verdict, Weigh, Tell);

        _again(Waiting);
        await forgetting;

        Assert.Null(_verdicts.Find(Ingress));

        IngressVerdict Weigh(ObjectKey ingress, IngressVerdict verdict, Action<IngressVerdict> again)
        {
            if (isFirst)
            {
                (isFirst, _again) = (false, again);
                return Waiting;
            }

            forgetting = Task.Run(() => _verdicts.Forget(ingress));
            forgetting.Wait(Moment);
            return verdict;
        }
    }

    [Fact]
    public async Task ProverSaysMoreBeforeTheVerdictIsIn_IsNotLost()
    {
        Task saying = Task.CompletedTask;
        var isFirst = true;
        _verdicts.Offer(Ingress, Verdict, Weigh, Tell);
        await saying;

        Assert.Same(Verdict, _verdicts.Find(Ingress));

        IngressVerdict Weigh(ObjectKey ingress, IngressVerdict verdict, Action<IngressVerdict> again)
        {
            if (!isFirst)
            {
                return verdict;
            }

            isFirst = false;
            saying = Task.Run(() => again(Waiting));
            saying.Wait(Moment);
            return Waiting;
        }
    }

    private void Offer(IngressVerdict verdict, IngressVerdict told)
    {
        var isFirst = true;
        _verdicts.Offer(Ingress, verdict, (_, offered, again) =>
        {
            var weighed = isFirst ? told : offered;
            (isFirst, _again) = (false, again);
            return weighed;
        }, Tell);
    }

    private void Tell(ObjectKey ingress, IngressVerdict told) => _told.Add(told);
}

using Knative.Xds.Activation.Measuring;
using Knative.Xds.Limits;
using Prometheus;

namespace Knative.Xds.Activation.Throttling;

/// <summary>What all requests inside may hold together.</summary>
internal sealed class RequestBudgets
{
    private readonly ActivatorMetrics _metrics;

    public RequestBudgets(ActivatorOptions options, ActivatorMetrics metrics, CollectorRegistry registry)
    {
        _metrics = metrics;
        // A quarter of it is for those few whose headers nobody measures.
        Few = (int)Math.Min(options.MaxRequests, options.HeaderBudgetBytes / 4 / options.MaxHeaderBytes);
        Headers = new ByteBudget(options.HeaderBudgetBytes - (long)Few * options.MaxHeaderBytes);
        Bodies = new ByteBudget(options.BodyBudgetBytes);
        Transfers = new TransferBudget(options.TransferBudgetBytes, () => metrics.Refused(Refusal.Transfers));
        registry.AddBeforeCollectCallback(Observe);
    }

    /// <summary>So many requests cannot hold more than is reserved for them, however large their headers are.</summary>
    public int Few { get; }

    /// <summary>Headers of all others.</summary>
    public ByteBudget Headers { get; }

    /// <summary>What is remembered of bodies.</summary>
    public ByteBudget Bodies { get; }

    /// <summary>What is on its way.</summary>
    public TransferBudget Transfers { get; }

    private void Observe()
    {
        _metrics.Holds("headers", Headers.Held);
        _metrics.Holds("bodies", Bodies.Held);
        _metrics.Holds("transfers", Transfers.Held);
    }
}

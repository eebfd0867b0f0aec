using Knative.Xds.Activation.Measuring;
using Knative.Xds.Activation.Revisions;

namespace Knative.Xds.Activation.Handlers;

/// <summary>Finds the revision of a request and leaves it in the request's features as <see cref="RevisionRuntime"/>.</summary>
/// <remarks>Source: knative/serving pkg/activator/handler/context_handler.go.</remarks>
internal sealed class RevisionHandler(RevisionTable revisions, ActivatorOptions options, ActivatorMetrics metrics, TimeProvider time)
{
    private const string Prefix = "Error getting active endpoint: ";
    private static readonly TimeSpan SyncLimit = TimeSpan.FromSeconds(10);

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var key = RevisionResolver.Resolve(context.Request.Headers, context.Request.Host.Value ?? "", options.ClusterDomain);
        if (revisions.Find(key) is null && !await IsSyncedAsync(context.RequestAborted))
        {
            await Answer.ErrorAsync(context, StatusCodes.Status500InternalServerError, Prefix + "the revisions have not been read yet");
            return;
        }

        if (revisions.Find(key) is not { } runtime)
        {
            metrics.Refused(Refusal.UnknownRevision);
            await Answer.ErrorAsync(context, StatusCodes.Status404NotFound, $"{Prefix}revision.serving.knative.dev \"{key.Name}\" not found");
            return;
        }

        context.Features.Set(runtime);
        await next(context);
    }

    // A request may arrive before the first list of revisions: it is not "not found" then.
    private async Task<bool> IsSyncedAsync(CancellationToken cancellationToken)
    {
        if (!revisions.Synced.IsCompleted)
        {
            await revisions.Synced.WaitAsync(SyncLimit, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return revisions.Synced.IsCompleted;
    }
}

namespace Knative.Xds.Autoscaler.Reconciling;

/// <summary>A reconcile that could not be completed. Its message, as upstream words it, goes into the log and an Event.</summary>
internal sealed class ReconcileException : Exception
{
    public ReconcileException(string message) : base(message)
    {
    }

    public ReconcileException(string message, Exception inner) : base($"{message}: {inner.Message}", inner)
    {
    }

    /// <summary>The same, of work without a result.</summary>
    public static Task DuringAsync(string what, Task work) => DuringAsync(what, WithoutResultAsync(work));

    /// <summary>Says what was being done when something failed. That another writer came first is left as it is.</summary>
    public static async Task<T> DuringAsync<T>(string what, Task<T> work)
    {
        try
        {
            return await work;
        }
        catch (Kube.Client.KubeException refusal) when (!refusal.IsConflict)
        {
            throw new ReconcileException(what, refusal);
        }
    }

    private static async Task<bool> WithoutResultAsync(Task work)
    {
        await work;
        return true;
    }
}

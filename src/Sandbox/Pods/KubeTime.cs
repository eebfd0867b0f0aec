namespace Knative.Xds.Sandbox.Pods;

/// <summary>Instants as the API keeps them in most fields.</summary>
internal static class KubeTime
{
    /// <summary>Now, in whole seconds.</summary>
    public static DateTime Seconds(TimeProvider time)
    {
        var now = time.GetUtcNow().UtcDateTime;
        return new DateTime(now.Ticks - (now.Ticks % TimeSpan.TicksPerSecond), DateTimeKind.Utc);
    }
}

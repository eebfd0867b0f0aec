namespace Knative.Xds.Hosting;

/// <summary>The frame of a service's <c>Main</c>.</summary>
public static class ServiceProgram
{
    private const int UserError = 2;

    /// <summary>Runs a service; options that it cannot be started with are one line on standard error, not a crash.</summary>
    /// <remarks>Shape: the exit code: 0 after a drain, 2 for options that do not fit.</remarks>
    public static async Task<int> RunAsync(Func<Task> service)
    {
        try
        {
            await service();
            return 0;
        }
        catch (FormatException error)
        {
            await Console.Error.WriteLineAsync(error.Message);
            return UserError;
        }
    }
}

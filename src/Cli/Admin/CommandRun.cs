namespace Knative.Xds.Cli.Admin;

/// <summary>Runs a command: a mistake of the user's becomes one line and exit code 2.</summary>
internal static class CommandRun
{
    private const int UserError = 2;

    public static async Task<int> GuardAsync(Func<Task<int>> command)
    {
        try
        {
            return await command();
        }
        catch (CliException error)
        {
            await Console.Error.WriteLineAsync($"kxds: {error.Message}");
            return UserError;
        }
    }
}

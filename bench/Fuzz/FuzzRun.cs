using System.Diagnostics;
using System.Text.Json;

namespace Knative.Xds.Fuzz;

/// <summary>Runs a target over and over.</summary>
internal static class FuzzRun
{
    /// <summary>Runs until the time is over or something broke; returns the exit code.</summary>
    public static int Run(string name, IFuzzTarget target, int seed, TimeSpan time)
    {
        var started = Stopwatch.GetTimestamp();
        var executions = 0L;
        string? failure = null;
        while (failure is null && Stopwatch.GetElapsedTime(started) < time)
        {
            failure = Execute(target, unchecked((int)(seed + executions)));
            executions++;
        }

        Console.WriteLine(JsonSerializer.Serialize(new
        {
            fuzz = name,
            seed,
            executions,
            seconds = Math.Round(Stopwatch.GetElapsedTime(started).TotalSeconds, 1),
            reached = target.Reached,
            failures = failure is null ? 0 : 1,
            failedSeed = failure is null ? null : (long?)(seed + executions - 1),
        }));
        return failure is null ? 0 : 1;
    }

    private static string? Execute(IFuzzTarget target, int seed)
    {
        var fed = new List<string>();
        try
        {
            target.Execute(new Random(seed), fed.Add);
            return null;
        }
        catch (Exception failure)
        {
            Console.Error.WriteLine($"seed {seed}: {failure}");
            fed.ForEach(Console.Error.WriteLine);
            return failure.Message;
        }
    }
}

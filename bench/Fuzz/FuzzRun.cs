using System.Diagnostics;
using System.Text.Json;
using CsCheck;

namespace Knative.Xds.Fuzz;

/// <summary>Runs a target over and over, on all processors.</summary>
internal static class FuzzRun
{
    // More than the longest execution decides.
    private const int MostDecisions = 3000;

    /// <summary>Runs until the time is over, or until something broke and was made as short as it gets in that time; returns the exit code.</summary>
    /// <param name="name">The target's name.</param>
    /// <param name="target">Safe on several threads.</param>
    /// <param name="seed">Seed of a failure, to see it again; null for others each time.</param>
    /// <param name="time">How long.</param>
    public static int Run(string name, IFuzzTarget target, string? seed, TimeSpan time)
    {
        var started = Stopwatch.GetTimestamp();
        var executions = 0L;
        string? failure = null;
        try
        {
            Gen.UInt.Array[0, MostDecisions].Sample(
                decisions =>
                {
                    Interlocked.Increment(ref executions);
                    target.Execute(new Tape(decisions), _ => { });
                },
                seed: seed,
                time: (int)Math.Ceiling(time.TotalSeconds),
                print: decisions => Fed(target, decisions));
        }
        catch (CsCheckException broken)
        {
            failure = broken.Message;
            Console.Error.WriteLine(broken);
        }

        Console.WriteLine(JsonSerializer.Serialize(new
        {
            fuzz = name,
            executions,
            seconds = Math.Round(Stopwatch.GetElapsedTime(started).TotalSeconds, 1),
            reached = new SortedDictionary<string, long>(target.Reached.ToDictionary(), StringComparer.Ordinal),
            failures = failure is null ? 0 : 1,
        }));
        return failure is null ? 0 : 1;
    }

    /// <summary>What an execution that broke was fed.</summary>
    private static string Fed(IFuzzTarget target, uint[] decisions)
    {
        var fed = new List<string>();
        try
        {
            target.Execute(new Tape(decisions), fed.Add);
        }
        catch (Exception failure)
        {
            fed.Add(failure.ToString());
        }

        return string.Join('\n', fed);
    }
}

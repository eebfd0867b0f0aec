using System.Globalization;

namespace Knative.Xds.Scenarios.Rig;

/// <summary>What a scenario is doing, on standard error: standard output is for the result.</summary>
internal static class Progress
{
    private static readonly long Start = TimeProvider.System.GetTimestamp();

    public static void Say(string text) =>
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{TimeProvider.System.GetElapsedTime(Start).TotalSeconds,7:0.0} s  {text}"));
}

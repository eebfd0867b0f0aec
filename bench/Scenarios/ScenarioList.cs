using System.CommandLine;

namespace Knative.Xds.Scenarios;

/// <summary>The scenarios, one subcommand each.</summary>
internal static class ScenarioList
{
    public static IReadOnlyList<Command> All { get; } =
    [
    ];
}

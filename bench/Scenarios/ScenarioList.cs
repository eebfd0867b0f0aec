using System.CommandLine;
using Knative.Xds.Scenarios.Convergence;

namespace Knative.Xds.Scenarios;

/// <summary>The scenarios, one subcommand each.</summary>
internal static class ScenarioList
{
    public static IReadOnlyList<Command> All { get; } =
    [
        ConvergenceScenario.Command,
    ];
}

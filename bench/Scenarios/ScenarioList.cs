using System.CommandLine;
using Knative.Xds.Scenarios.Autoscaling;
using Knative.Xds.Scenarios.ColdStart;
using Knative.Xds.Scenarios.Convergence;
using Knative.Xds.Scenarios.EnvoyScale;
using Knative.Xds.Scenarios.Fleet;
using Knative.Xds.Scenarios.Proxying;
using Knative.Xds.Scenarios.Restart;
using Knative.Xds.Scenarios.Soak;
using Knative.Xds.Scenarios.Trajectory;

namespace Knative.Xds.Scenarios;

/// <summary>The scenarios, one subcommand each.</summary>
internal static class ScenarioList
{
    public static IReadOnlyList<Command> All { get; } =
    [
        AutoscalerScenario.Command,
        ColdStartScenario.Command,
        ConvergenceScenario.Command,
        EnvoyScaleScenario.Command,
        FleetScenario.Command,
        ProxyScenario.Command,
        RestartScenario.Command,
        SoakScenario.Command,
        TrajectoryScenario.Command,
    ];
}

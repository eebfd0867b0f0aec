using System.CommandLine;
using Knative.Xds.Scenarios.Rig;

namespace Knative.Xds.Scenarios.EnvoyScale;

/// <summary>What our layout costs a real Envoy at several sizes: the table that the choice of the layout rests on, measured with our own server.</summary>
internal static class EnvoyScaleScenario
{
    private static readonly Option<int[]> Ingresses = new("--ingresses")
    {
        Description = "Numbers of ingresses, one after the other.",
        DefaultValueFactory = _ => [1000, 4000, 10000],
        AllowMultipleArgumentsPerToken = true,
    };

    public static Command Command
    {
        get
        {
            var command = new Command("envoy-scale", "What a number of ingresses costs a gateway, and one change among them.") { Ingresses };
            command.SetAction(async (parsed, cancellationToken) =>
            {
                await ServerProgram.ChooseAsync(cancellationToken);
                if (await OwnNetwork.EnterAsync(cancellationToken) is { } code)
                {
                    return code;
                }

                var rows = new List<EnvoyScaleResult>();
                foreach (var ingresses in parsed.GetValue(Ingresses)!)
                {
                    rows.Add(await new EnvoyScaleRun(ingresses, cancellationToken).RunAsync());
                }

                Console.WriteLine(EnvoyScaleTable.Of(rows));
                rows.ForEach(ResultLine.Print);
                return 0;
            });
            return command;
        }
    }
}

using System.Globalization;
using Knative.Xds.XdsServer.Introspection;
using Spectre.Console;

namespace Knative.Xds.Cli.Xds;

/// <summary>What each gateway has, for people.</summary>
internal static class StatusView
{
    public static void Write(IAnsiConsole console, GatewaysPage page, string? fleet, DateTimeOffset now)
    {
        if (page.Gateways.Count == 0)
        {
            console.WriteLine($"No gateway{(fleet is null ? "" : $" of the fleet {fleet}")} is connected to this server.");
            return;
        }

        var types = page.Gateways.SelectMany(gateway => gateway.Types).Select(type => type.Type).Distinct(StringComparer.Ordinal).ToList();
        var table = new Table().Border(TableBorder.Rounded).Title("Resources that gateways have taken");
        table.AddColumns("Gateway", "Fleet", "Program", "Connected", "Stream");
        types.ForEach(type => table.AddColumn(type.ToUpperInvariant()));
        foreach (var gateway in page.Gateways)
        {
            table.AddRow(
            [
                new Text(gateway.Node), new Text(gateway.Fleet), new Text(gateway.UserAgent), new Text(Age(now - gateway.ConnectedSince)), new Text(gateway.Variant),
                .. types.Select(type => Cell(gateway, type)),
            ]);
        }

        console.Write(table);
        WriteRefusals(console, page);
    }

    private static Markup Cell(GatewayPage gateway, string name)
    {
        if (!gateway.Answers)
        {
            return new Markup("[red]does not read[/]");
        }

        if (gateway.Types.FirstOrDefault(type => type.Type == name) is not { } type)
        {
            return new Markup("[grey]not asked[/]");
        }

        var text = string.Create(CultureInfo.InvariantCulture, $"{type.Synced}");
        text += type.Stale + type.NotSent > 0 ? string.Create(CultureInfo.InvariantCulture, $", [yellow]{type.Stale + type.NotSent} stale[/]") : "";
        text += type.Refused > 0 ? string.Create(CultureInfo.InvariantCulture, $", [red]{type.Refused} NACKed[/]") : "";
        return new Markup(text);
    }

    private static void WriteRefusals(IAnsiConsole console, GatewaysPage page)
    {
        foreach (var gateway in page.Gateways)
        {
            foreach (var (type, resource) in gateway.Types.SelectMany(type => type.Resources.Where(resource => resource.Reason is not null).Select(resource => (type.Type, resource))))
            {
                console.MarkupLineInterpolated($"[red]NACK[/] {gateway.Node}: {type} {resource.Name}: {resource.Reason}");
            }
        }
    }

    private static string Age(TimeSpan age) => age switch
    {
        { TotalDays: >= 2 } => string.Create(CultureInfo.InvariantCulture, $"{age.TotalDays:0} d"),
        { TotalHours: >= 2 } => string.Create(CultureInfo.InvariantCulture, $"{age.TotalHours:0} h"),
        { TotalMinutes: >= 2 } => string.Create(CultureInfo.InvariantCulture, $"{age.TotalMinutes:0} min"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, age.TotalSeconds):0} s"),
    };
}

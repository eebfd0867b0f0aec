using Spectre.Console;

namespace Knative.Xds.Cli.Xds;

/// <summary>Plain tables.</summary>
internal static class Tables
{
    public static void Write<T>(IAnsiConsole console, IReadOnlyCollection<T> rows, params (string Title, Func<T, string> Value)[] columns)
    {
        var table = new Table().Border(TableBorder.Rounded);
        foreach (var (title, _) in columns)
        {
            table.AddColumn(title);
        }

        foreach (var row in rows)
        {
            table.AddRow(columns.Select(column => new Text(column.Value(row))));
        }

        console.Write(table);
    }
}

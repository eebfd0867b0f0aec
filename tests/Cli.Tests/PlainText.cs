using Spectre.Console;

namespace Knative.Xds.Cli.Tests;

/// <summary>What a command writes for people, without colours.</summary>
internal static class PlainText
{
    /// <summary>The text, its lines without what is empty at their ends.</summary>
    public static string Of(Action<IAnsiConsole> write)
    {
        using var output = new StringWriter { NewLine = "\n" };
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Out = new AnsiConsoleOutput(output) });
        console.Profile.Width = 160;
        console.Profile.Capabilities.Unicode = true;
        write(console);
        return string.Concat(output.ToString().Split('\n').Select(line => line.TrimEnd() + "\n")).TrimEnd('\n') + "\n";
    }
}

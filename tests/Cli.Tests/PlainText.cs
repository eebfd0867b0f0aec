using Spectre.Console;

namespace Knative.Xds.Cli.Tests;

/// <summary>What a command writes for people, without colours.</summary>
internal static class PlainText
{
    /// <summary>The text, its lines without what is empty at their ends.</summary>
    public static string Of(Action<IAnsiConsole> write)
    {
        using var output = new StringWriter { NewLine = "\n" };
        write(To(output));
        return Trimmed(output);
    }

    /// <summary>The exit code of a command, and its text.</summary>
    public static async Task<(int Code, string Text)> OfAsync(Func<IAnsiConsole, Task<int>> command)
    {
        await using var output = new StringWriter { NewLine = "\n" };
        var code = await command(To(output));
        return (code, Trimmed(output));
    }

    private static IAnsiConsole To(StringWriter output)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Out = new AnsiConsoleOutput(output) });
        console.Profile.Width = 160;
        console.Profile.Capabilities.Unicode = true;
        return console;
    }

    private static string Trimmed(StringWriter output) => string.Concat(output.ToString().Split('\n').Select(line => line.TrimEnd() + "\n")).TrimEnd('\n') + "\n";
}

using System.CommandLine;

namespace Knative.Xds.Cli.Admin;

/// <summary>Options that several commands have.</summary>
internal static class CommonOptions
{
    private static readonly string[] Formats = ["table", "json"];

    /// <summary>An http address; null when not given.</summary>
    public static Option<Uri?> Address(string name, string description) => new(name)
    {
        Description = description,
        CustomParser = result =>
        {
            if (Uri.TryCreate(result.Tokens[0].Value, UriKind.Absolute, out var address) && address.Scheme is "http" or "https")
            {
                return address;
            }

            result.AddError($"{name}: {result.Tokens[0].Value} is not an http address");
            return null;
        },
    };

    /// <summary><c>-o table|json</c>.</summary>
    public static Option<string> Output()
    {
        var output = new Option<string>("--output", "-o") { Description = "table or json.", DefaultValueFactory = _ => Formats[0] };
        output.AcceptOnlyFromAmong(Formats);
        return output;
    }

    /// <summary>Whether the answer is for machines.</summary>
    public static bool IsJson(this ParseResult parsed, Option<string> output) => parsed.GetValue(output) == Formats[1];
}

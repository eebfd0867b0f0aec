using System.Globalization;
using Knative.Xds.Core.Scaling;

namespace Knative.Xds.Core.Templating;

/// <summary>Puts the words of a template together.</summary>
/// <remarks>Source: Go text/template/parse.</remarks>
internal sealed class TemplateParser(string text)
{
    private const int DeepestNesting = 100;
    private readonly IReadOnlyList<TemplateToken> _tokens = new TemplateLexer(text).Read();
    private readonly List<string> _variables = [""];
    private int _next;
    private int _depth;

    private TemplateToken Current => _tokens[_next];

    public IReadOnlyList<TemplateNode> Parse()
    {
        var nodes = ParseList(isNested: false);
        return Current.Kind == TemplateTokenKind.End ? nodes : throw Error($"{Describe(_tokens[_next + 1])} ends nothing");
    }

    // Up to the end of the template, or in front of an else or end.
    private List<TemplateNode> ParseList(bool isNested)
    {
        if (++_depth > DeepestNesting)
        {
            throw Error("it is nested too deeply");
        }

        List<TemplateNode> nodes = [];
        for (; Current.Kind != TemplateTokenKind.End; nodes.Add(ParseNode()))
        {
            if (Current.Kind == TemplateTokenKind.Open && _tokens[_next + 1] is { Kind: TemplateTokenKind.Word, Text: "end" or "else" })
            {
                _depth--;
                return nodes;
            }
        }

        _depth--;
        return isNested ? throw Error("an end is missing") : nodes;
    }

    private TemplateNode ParseNode()
    {
        var token = Take();
        if (token.Kind == TemplateTokenKind.Text)
        {
            return new TemplateNode.Literal(token.Text);
        }

        switch (Current)
        {
            case { Kind: TemplateTokenKind.Word, Text: "if" or "with" or "range" }:
                return ParseControl(Take().Text);
            case { Kind: TemplateTokenKind.Word, Text: "define" or "template" or "block" or "break" or "continue" }:
                throw Error($"{Current.Text} is not supported");
            default:
                var pipeline = ParsePipeline(mostVariables: 1);
                Expect(TemplateTokenKind.Close, "}}");
                return new TemplateNode.Action(pipeline);
        }
    }

    private TemplateNode ParseControl(string keyword)
    {
        var known = _variables.Count;
        var pipeline = ParsePipeline(keyword == "range" ? 2 : 1);
        Expect(TemplateTokenKind.Close, "}}");
        var then = ParseList(isNested: true);
        var otherwise = ParseElse(keyword);
        _variables.RemoveRange(known, _variables.Count - known);
        return keyword == "range"
            ? new TemplateNode.Loop(pipeline, then, otherwise)
            : new TemplateNode.Branch(pipeline, keyword == "with", then, otherwise);
    }

    private List<TemplateNode> ParseElse(string keyword)
    {
        Expect(TemplateTokenKind.Open, "{{");
        if (Take().Text == "end")
        {
            Expect(TemplateTokenKind.Close, "}}");
            return [];
        }

        if (keyword != "range" && Current is { Kind: TemplateTokenKind.Word } && Current.Text == keyword)
        {
            Take();
            // Its end is ours too.
            return [ParseControl(keyword)];
        }

        Expect(TemplateTokenKind.Close, "}}");
        var nodes = ParseList(isNested: true);
        Expect(TemplateTokenKind.Open, "{{");
        Expect(TemplateTokenKind.Word, "end");
        Expect(TemplateTokenKind.Close, "}}");
        return nodes;
    }

    private TemplatePipeline ParsePipeline(int mostVariables)
    {
        var (variables, declares) = ParseVariables(mostVariables);
        List<IReadOnlyList<TemplateOperand>> commands = [ParseCommand()];
        while (Current is { Kind: TemplateTokenKind.Sign, Text: "|" })
        {
            Take();
            commands.Add(ParseCommand());
            if (commands[^1][0] is TemplateOperand.Constant)
            {
                throw Error("a value cannot take what a pipeline hands it");
            }
        }

        // Known from here on: a pipeline cannot use the variable that it makes.
        _variables.AddRange(declares ? variables : []);
        return new TemplatePipeline(variables, declares, commands);
    }

    private (IReadOnlyList<string> Names, bool Declares) ParseVariables(int most)
    {
        var start = _next;
        List<string> names = [];
        while (Current.Kind == TemplateTokenKind.Variable)
        {
            names.Add(Take().Text);
            if (Current is { Kind: TemplateTokenKind.Sign, Text: "," } && names.Count < most)
            {
                Take();
                continue;
            }

            if (Current is { Kind: TemplateTokenKind.Sign, Text: ":=" or "=" })
            {
                var declares = Take().Text == ":=";
                return names.TrueForAll(name => declares || _variables.Contains(name)) ? (names, declares) : throw Error("an unknown variable is given a value");
            }

            break;
        }

        _next = start;
        return ([], false);
    }

    private List<TemplateOperand> ParseCommand()
    {
        List<TemplateOperand> operands = [];
        while (Current is not ({ Kind: TemplateTokenKind.Close or TemplateTokenKind.End } or { Kind: TemplateTokenKind.Sign, Text: "|" or ")" }))
        {
            operands.Add(ParseOperand());
        }

        return operands.Count > 0 ? operands : throw Error("a command is missing");
    }

    private TemplateOperand ParseOperand()
    {
        var token = Take();
        switch (token)
        {
            case { Kind: TemplateTokenKind.String }:
                return new TemplateOperand.Constant(token.Text);
            case { Kind: TemplateTokenKind.Number }:
                return new TemplateOperand.Constant(Number(token.Text));
            case { Kind: TemplateTokenKind.Word, Text: "true" or "false" }:
                return new TemplateOperand.Constant(token.Text == "true");
            case { Kind: TemplateTokenKind.Word, Text: "nil" }:
                return new TemplateOperand.Constant(null);
            case { Kind: TemplateTokenKind.Word }:
                return TemplateFunctions.IsKnown(token.Text) ? new TemplateOperand.Function(token.Text) : throw Error($"function {token.Text} is not defined");
            case { Kind: TemplateTokenKind.Field }:
                return new TemplateOperand.Path(null, null, ParseFields(token.Text.Length == 0 ? [] : [token.Text]));
            case { Kind: TemplateTokenKind.Variable }:
                return _variables.Contains(token.Text) ? new TemplateOperand.Path(token.Text, null, ParseFields([])) : throw Error($"variable ${token.Text} is not defined");
            case { Kind: TemplateTokenKind.Sign, Text: "(" }:
                if (++_depth > DeepestNesting)
                {
                    throw Error("it is nested too deeply");
                }

                var inner = ParsePipeline(mostVariables: 0);
                Expect(TemplateTokenKind.Sign, ")");
                _depth--;
                return new TemplateOperand.Path(null, inner, ParseFields([]));
            default:
                throw Error($"{Describe(token)} is out of place");
        }
    }

    private List<string> ParseFields(List<string> fields)
    {
        while (Current is { Kind: TemplateTokenKind.Field, Spaced: false, Text.Length: > 0 })
        {
            fields.Add(Take().Text);
        }

        return fields;
    }

    private object Number(string digits)
    {
        var plain = digits.Replace("_", "", StringComparison.Ordinal);
        var isHex = plain.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        if (isHex ? long.TryParse(plain.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var whole) : GoText.TryInt64(plain, out whole))
        {
            return whole;
        }

        return GoText.TryFloat(digits, out var number) ? number : throw Error($"{digits} is not a number");
    }

    private TemplateToken Take() => Current.Kind == TemplateTokenKind.End ? throw Error("it ends too early") : _tokens[_next++];

    private void Expect(TemplateTokenKind kind, string word)
    {
        if (Current.Kind != kind || Current.Text != word)
        {
            throw Error($"{word} is missing before {Describe(Current)}");
        }

        _next++;
    }

    private GoTemplateException Error(string message) => new(string.Create(CultureInfo.InvariantCulture, $"template line {Current.Line}: {message}"));

    private static string Describe(TemplateToken token) => token.Kind == TemplateTokenKind.End ? "the end" : $"\"{token.Text}\"";
}

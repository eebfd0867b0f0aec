using System.Globalization;

namespace Knative.Xds.Core.Templating;

/// <summary>Cuts a template into words.</summary>
/// <remarks>Source: Go text/template/parse.</remarks>
internal sealed class TemplateLexer(string text)
{
    private readonly List<TemplateToken> _tokens = [];
    private int _position;
    private int _line = 1;

    /// <summary>All words; the last is <see cref="TemplateTokenKind.End"/>.</summary>
    public IReadOnlyList<TemplateToken> Read()
    {
        var trims = false;
        while (true)
        {
            var open = text.IndexOf("{{", _position, StringComparison.Ordinal);
            var literal = open < 0 ? text[_position..] : text[_position..open];
            var trimsBefore = open >= 0 && open + 3 < text.Length && text[open + 2] == '-' && IsSpace(text[open + 3]);
            AddText(literal, trims, trimsBefore);
            if (open < 0)
            {
                Add(TemplateTokenKind.End, "");
                return _tokens;
            }

            _position = open + (trimsBefore ? 4 : 2);
            trims = ReadAction();
        }
    }

    private void AddText(string literal, bool trimStart, bool trimEnd)
    {
        var lines = literal.Count(letter => letter == '\n');
        literal = trimStart ? literal.TrimStart(' ', '\t', '\r', '\n') : literal;
        literal = trimEnd ? literal.TrimEnd(' ', '\t', '\r', '\n') : literal;
        if (literal.Length > 0)
        {
            Add(TemplateTokenKind.Text, literal);
        }

        _line += lines;
    }

    // Whether the text that follows loses its leading white space.
    private bool ReadAction()
    {
        if (text.AsSpan(_position).TrimStart(" \t\r\n").StartsWith("/*"))
        {
            return SkipComment();
        }

        Add(TemplateTokenKind.Open, "{{");
        while (true)
        {
            var spaced = SkipSpace();
            if (_position >= text.Length)
            {
                throw Error("an action is not closed");
            }

            if (Starts("}}") || (spaced && Starts("-}}")))
            {
                var trims = text[_position] == '-';
                Add(TemplateTokenKind.Close, "}}");
                _position += trims ? 3 : 2;
                return trims;
            }

            ReadWord(spaced);
        }
    }

    private bool SkipComment()
    {
        var end = text.IndexOf("*/", _position, StringComparison.Ordinal);
        var close = end < 0 ? -1 : text.IndexOf("}}", end, StringComparison.Ordinal);
        if (close < 0)
        {
            throw Error("a comment is not closed");
        }

        var between = text[(end + 2)..close];
        if (between is not "" && between.Trim() is not "-")
        {
            throw Error("a comment must end its action");
        }

        _line += text.AsSpan(_position, close - _position).Count('\n');
        _position = close + 2;
        return between.Length > 0;
    }

    private void ReadWord(bool spaced)
    {
        var letter = text[_position];
        switch (letter)
        {
            case '"' or '\'':
                Add(TemplateTokenKind.String, ReadQuoted(letter), spaced);
                break;
            case '`':
                Add(TemplateTokenKind.String, ReadRaw(), spaced);
                break;
            case '$':
                _position++;
                Add(TemplateTokenKind.Variable, ReadName(), spaced);
                break;
            case '.' when !(_position + 1 < text.Length && char.IsAsciiDigit(text[_position + 1])):
                _position++;
                Add(TemplateTokenKind.Field, ReadName(), spaced);
                break;
            case '|' or '(' or ')' or ',' or '=':
                _position++;
                Add(TemplateTokenKind.Sign, letter.ToString(), spaced);
                break;
            case ':' when Starts(":="):
                _position += 2;
                Add(TemplateTokenKind.Sign, ":=", spaced);
                break;
            case '+' or '-' or '.' or (>= '0' and <= '9'):
                Add(TemplateTokenKind.Number, ReadNumber(), spaced);
                break;
            case var start when start == '_' || char.IsLetter(start):
                Add(TemplateTokenKind.Word, ReadName(), spaced);
                break;
            default:
                throw Error($"\"{letter}\" has no place in an action");
        }
    }

    private string ReadName()
    {
        var start = _position;
        while (_position < text.Length && (text[_position] == '_' || char.IsLetterOrDigit(text[_position])))
        {
            _position++;
        }

        return text[start.._position];
    }

    private string ReadNumber()
    {
        var start = _position++;
        while (_position < text.Length && (char.IsLetterOrDigit(text[_position]) || text[_position] is '.' or '_' || (text[_position] is '+' or '-' && text[_position - 1] is 'e' or 'E' or 'p' or 'P')))
        {
            _position++;
        }

        return text[start.._position];
    }

    private string ReadRaw()
    {
        var end = text.IndexOf('`', _position + 1);
        if (end < 0)
        {
            throw Error("a raw string is not closed");
        }

        var value = text[(_position + 1)..end];
        _line += value.Count(letter => letter == '\n');
        _position = end + 1;
        return value;
    }

    private string ReadQuoted(char quote)
    {
        var value = new System.Text.StringBuilder();
        for (_position++; _position < text.Length && text[_position] is not '\n'; _position++)
        {
            if (text[_position] == quote)
            {
                _position++;
                return value.ToString();
            }

            if (text[_position] == '\\')
            {
                ReadEscape(value);
            }
            else
            {
                value.Append(text[_position]);
            }
        }

        throw Error("a string is not closed");
    }

    private void ReadEscape(System.Text.StringBuilder value)
    {
        var letter = ++_position < text.Length ? text[_position] : '\0';
        var digits = letter switch { 'x' => 2, 'u' => 4, 'U' => 8, _ => 0 };
        if (digits > 0)
        {
            var hex = text.AsSpan(_position + 1, Math.Min(digits, text.Length - _position - 1));
            if (!int.TryParse(hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code) || hex.Length < digits || !System.Text.Rune.IsValid(code))
            {
                throw Error("a string has a malformed escape");
            }

            value.Append(new System.Text.Rune(code).ToString());
            _position += digits;
            return;
        }

        value.Append(letter switch
        {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'a' => '\a',
            'b' => '\b',
            'f' => '\f',
            'v' => '\v',
            '\\' or '"' or '\'' => letter,
            _ => throw Error("a string has an unknown escape"),
        });
    }

    private bool SkipSpace()
    {
        var start = _position;
        for (; _position < text.Length && IsSpace(text[_position]); _position++)
        {
            _line += text[_position] == '\n' ? 1 : 0;
        }

        return _position > start;
    }

    private bool Starts(string sign) => string.CompareOrdinal(text, _position, sign, 0, sign.Length) == 0;

    private void Add(TemplateTokenKind kind, string value, bool spaced = false) => _tokens.Add(new TemplateToken(kind, value, _line, spaced));

    private GoTemplateException Error(string message) => new(string.Create(CultureInfo.InvariantCulture, $"template line {_line}: {message}"));

    private static bool IsSpace(char letter) => letter is ' ' or '\t' or '\r' or '\n';
}

using System.Text;

namespace Knative.Xds.Sandbox.Pods;

/// <summary>Fills <c>$(NAME)</c> references as kubelet does: unknown names stay as written, <c>$$</c> stands for one dollar sign.</summary>
/// <remarks>Source: kubernetes third_party/forked/golang/expansion.</remarks>
internal static class VariableExpansion
{
    public static string Expand(string text, IReadOnlyDictionary<string, string> variables)
    {
        if (!text.Contains('$', StringComparison.Ordinal))
        {
            return text;
        }

        var result = new StringBuilder(text.Length);
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] != '$' || at + 1 == text.Length)
            {
                result.Append(text[at]);
                continue;
            }

            at += Append(result, text, at, variables);
        }

        return result.ToString();
    }

    // Returns how many characters after the dollar sign were used up.
    private static int Append(StringBuilder result, string text, int dollar, IReadOnlyDictionary<string, string> variables)
    {
        var next = text[dollar + 1];
        if (next == '$')
        {
            result.Append('$');
            return 1;
        }

        var close = next == '(' ? text.IndexOf(')', dollar) : -1;
        if (close < 0)
        {
            result.Append('$').Append(next);
            return 1;
        }

        var name = text[(dollar + 2)..close];
        result.Append(variables.TryGetValue(name, out var value) ? value : text[dollar..(close + 1)]);
        return close - dollar;
    }
}

using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Knative.Xds.Sandbox.Api.Json;

namespace Knative.Xds.Sandbox.Api.Schemas;

/// <summary>Checks bounds, lengths and patterns.</summary>
internal static class SchemaLimitChecks
{
    public static void Check(JsonNode value, Schema schema, string path, List<FieldProblem> problems)
    {
        if (schema.Limits is not { } limits)
        {
            return;
        }

        switch (value)
        {
            case JsonObject fields:
                CheckCount(fields.Count, limits.MinProperties, limits.MaxProperties, path, "properties", problems);
                break;
            case JsonArray items:
                CheckCount(items.Count, limits.MinItems, limits.MaxItems, path, "items", problems);
                break;
            case not null when value.AsText() is { } text:
                CheckText(text, limits, path, problems);
                break;
            case JsonValue number when number.AsReal() is { } real:
                CheckNumber(real, limits, path, problems);
                break;
        }
    }

    private static void CheckNumber(double value, SchemaLimits limits, string path, List<FieldProblem> problems)
    {
        if (limits.Minimum is { } minimum && (limits.ExclusiveMinimum ? value <= minimum : value < minimum))
        {
            problems.Add(FieldProblem.Invalid(path, Show(value), $"{path} in body should be greater than{(limits.ExclusiveMinimum ? "" : " or equal to")} {Show(minimum)}"));
        }

        if (limits.Maximum is { } maximum && (limits.ExclusiveMaximum ? value >= maximum : value > maximum))
        {
            problems.Add(FieldProblem.Invalid(path, Show(value), $"{path} in body should be less than{(limits.ExclusiveMaximum ? "" : " or equal to")} {Show(maximum)}"));
        }
    }

    private static void CheckText(string value, SchemaLimits limits, string path, List<FieldProblem> problems)
    {
        var shown = JsonValue.Create(value).ToJsonString();
        if (value.Length < limits.MinLength)
        {
            problems.Add(FieldProblem.Invalid(path, shown, $"{path} in body should be at least {limits.MinLength} chars long"));
        }

        if (value.Length > limits.MaxLength)
        {
            problems.Add(new FieldProblem(path, "FieldValueTooLong", $"Too long: may not be more than {limits.MaxLength} bytes"));
        }

        if (limits.Pattern is { } pattern && !Matches(pattern, value))
        {
            problems.Add(FieldProblem.Invalid(path, shown, $"{path} in body should match '{pattern}'"));
        }
    }

    private static bool Matches(Regex pattern, string value)
    {
        try
        {
            return pattern.IsMatch(value);
        }
        catch (RegexMatchTimeoutException)
        {
            return false;
        }
    }

    private static void CheckCount(int count, long? minimum, long? maximum, string path, string what, List<FieldProblem> problems)
    {
        if (count < minimum)
        {
            problems.Add(FieldProblem.Invalid(path, Show(count), $"{path} in body should have at least {minimum} {what}"));
        }

        if (count > maximum)
        {
            problems.Add(new FieldProblem(path, "FieldValueTooMany", $"Too many: {count}: must have at most {maximum} {what}"));
        }
    }

    private static string Show(double value) => value.ToString(CultureInfo.InvariantCulture);
}

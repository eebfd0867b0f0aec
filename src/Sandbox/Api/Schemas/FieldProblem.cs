namespace Knative.Xds.Sandbox.Api.Schemas;

/// <summary>What is wrong with a field: reason is that of a Status cause (FieldValueInvalid, FieldValueRequired, …), message as Kubernetes words it.</summary>
internal sealed record FieldProblem(string Field, string Reason, string Message)
{
    public static FieldProblem Required(string field, string detail = "") => new(field, "FieldValueRequired", detail.Length == 0 ? "Required value" : $"Required value: {detail}");

    public static FieldProblem Invalid(string field, string value, string detail) => new(field, "FieldValueInvalid", $"Invalid value: {value}: {detail}");

    public static FieldProblem Forbidden(string field, string detail) => new(field, "FieldValueForbidden", $"Forbidden: {detail}");

    public static FieldProblem Type(string field, string value, string detail) => new(field, "FieldValueTypeInvalid", $"Invalid value: {value}: {detail}");

    public static FieldProblem NotSupported(string field, string value, IEnumerable<string> allowed) =>
        new(field, "FieldValueNotSupported", $"Unsupported value: {value}: supported values: {string.Join(", ", allowed)}");
}

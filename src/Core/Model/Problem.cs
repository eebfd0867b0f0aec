namespace Knative.Xds.Core.Model;

/// <summary>Why a user's object, or a part of it, cannot be used. Data, never an exception.</summary>
/// <param name="Object">The object at fault.</param>
/// <param name="Field">JSON path of the field at fault, e.g. <c>spec.rules[0].http.paths[0].splits</c>.</param>
/// <param name="Reason">CamelCase word for a status condition.</param>
/// <param name="Message">One sentence for the user; it names the field.</param>
public sealed record Problem(ObjectKey Object, string Field, string Reason, string Message);

namespace Knative.Xds.Core.Templating;

/// <summary>A value whose fields and methods a <see cref="GoTemplate"/> may name.</summary>
public interface ITemplateObject
{
    /// <summary>Gives a field, or what a method returns.</summary>
    /// <param name="name">As written in the template, without the point.</param>
    /// <param name="arguments">Empty for a field.</param>
    /// <param name="value">Text, bool, whole number, double, null, list, map or another object.</param>
    /// <remarks>Errors: false when there is no such field, or no such method of these arguments.</remarks>
    bool TryGet(string name, IReadOnlyList<object?> arguments, out object? value);
}

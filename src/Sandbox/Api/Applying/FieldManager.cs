namespace Knative.Xds.Sandbox.Api.Applying;

/// <summary>One entry of metadata.managedFields.</summary>
internal sealed record FieldManager(string Name, string Operation, string ApiVersion, string Subresource, string Time, FieldTree Fields)
{
    public const string Apply = "Apply";
    public const string Update = "Update";

    public bool IsSame(string name, string operation, string apiVersion, string subresource) =>
        Name == name && Operation == operation && ApiVersion == apiVersion && Subresource == subresource;
}

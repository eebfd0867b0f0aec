namespace Knative.Xds.Cli.Xds;

/// <summary>What the commands that ask an xDS server share.</summary>
/// <param name="Server">Admin address; null means that of the running system.</param>
/// <param name="Fleet">Fleet of gateways; null means the only one, or the default one.</param>
/// <param name="Json">Whether the answer is for machines.</param>
internal sealed record XdsOptions(Uri? Server, string? Fleet, bool Json)
{
    /// <summary>Name of the option with the server's address.</summary>
    public const string AddressOption = "--xds-server";
}

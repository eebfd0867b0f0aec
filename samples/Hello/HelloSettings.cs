using System.Globalization;
using System.Net;

namespace Knative.Xds.Hello;

/// <summary>What the sample is told by its environment.</summary>
internal sealed record HelloSettings(IPAddress Address, int Port, bool Http2, string Target, string Revision, string Pod)
{
    public static HelloSettings Read(Func<string, string?> variable) => new(
        // In the sandbox every pod has an address of its own but no network namespace, so an app must bind to it.
        IPAddress.TryParse(variable("KXDS_POD_IP"), out var address) ? address : IPAddress.Any,
        int.TryParse(variable("PORT"), CultureInfo.InvariantCulture, out var port) ? port : 8080,
        variable("PROTOCOL") == "h2c",
        variable("TARGET") ?? "World",
        variable("K_REVISION") ?? "no revision",
        variable("POD_NAME") ?? variable("HOSTNAME") ?? Environment.MachineName);
}

using System.Net;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.Hosting;
using Knative.Xds.XdsServer.Fleets;

namespace Knative.Xds.XdsServer.Introspection;

/// <summary>What operators and their tools read on the admin port, as JSON: <c>/debug/gateways</c> and <c>/debug/resources</c>.</summary>
/// <remarks>Only from this machine, which is where <c>kubectl port-forward</c> comes from, unless an option opens it. Private keys are left out.</remarks>
internal sealed class DebugPages(GatewayReports reports, FleetDirectory fleets, XdsServerOptions options)
{
    /// <summary>What each connected node has.</summary>
    public AdminRoute Gateways => new("/debug/gateways", context => AnswerAsync(context, GatewaysAsync));

    /// <summary>What they should have.</summary>
    public AdminRoute Resources => new("/debug/resources", context => AnswerAsync(context, ResourcesAsync));

    private async Task AnswerAsync(HttpContext context, Func<HttpContext, Task> page)
    {
        if (!options.DebugFromAnywhere && !IPAddress.IsLoopback(context.Connection.RemoteIpAddress ?? IPAddress.None))
        {
            await RefuseAsync(context, StatusCodes.Status403Forbidden, "only from this machine (kubectl port-forward), or with --debug-from-anywhere");
            return;
        }

        await page(context);
    }

    /// <summary>All nodes; with <c>?fleet=</c> those of one fleet, with <c>?node=ID</c> one, with <c>?resources=all</c> every resource and not those alone that are not as they should be.</summary>
    private async Task GatewaysAsync(HttpContext context)
    {
        var (fleet, id) = (context.Request.Query["fleet"].ToString(), context.Request.Query["node"].ToString());
        if (!await KnowsAsync(context, fleet))
        {
            return;
        }

        var all = context.Request.Query["resources"] == "all";
        var found = await reports.CollectAsync(stream => (fleet.Length == 0 || stream.Fleet == fleet) && (id.Length == 0 || stream.Node.Id == id), all, context.RequestAborted);
        await WriteAsync(context, new GatewaysPage([.. found.Select(GatewayPage.Of)]));
    }

    /// <summary>The resources as they should be: names and versions, with <c>?fleet=</c>, <c>?type=</c> (cds, eds, sds, lds, srds, rds) and <c>?name=</c>; contents with <c>?contents=true</c>.</summary>
    private async Task ResourcesAsync(HttpContext context)
    {
        var (fleet, type, name) = (context.Request.Query["fleet"].ToString(), context.Request.Query["type"].ToString(), context.Request.Query["name"].ToString());
        if (type.Length > 0 && !ResourceTypes.All.Any(known => known.ShortName() == type))
        {
            await RefuseAsync(context, StatusCodes.Status400BadRequest, $"type: \"{type}\" is none of {string.Join(", ", ResourceTypes.All.Select(known => known.ShortName()))}");
            return;
        }

        if (!await KnowsAsync(context, fleet))
        {
            return;
        }

        var contents = context.Request.Query["contents"] == "true";
        await WriteAsync(context, new ResourcesPage(
        [
            .. fleets.All.Where(known => fleet.Length == 0 || known.Name == fleet).SelectMany(known => ResourceTypes.All
                .Where(kind => type.Length == 0 || kind.ShortName() == type)
                .SelectMany(kind => Named(known.Streams.Snapshot?[kind], name).Select(resource => ResourceEntry.Of(known.Name, resource, contents)))),
        ]));
    }

    /// <summary>Whether there is such a fleet, or none is asked for; otherwise the answer says so.</summary>
    private async Task<bool> KnowsAsync(HttpContext context, string fleet)
    {
        if (fleet.Length == 0 || fleets.All.Any(known => known.Name == fleet))
        {
            return true;
        }

        await RefuseAsync(context, StatusCodes.Status400BadRequest, $"fleet: \"{fleet}\" is none of {string.Join(", ", fleets.All.Select(known => known.Name))}");
        return false;
    }

    private static IEnumerable<EncodedResource> Named(TypeSnapshot? snapshot, string name) =>
        snapshot is null ? []
        : name.Length == 0 ? snapshot.Resources.OrderBy(resource => resource.Name, StringComparer.Ordinal)
        : snapshot.Find(name) is { } found ? [found]
        : [];

    private static Task WriteAsync<T>(HttpContext context, T page) => context.Response.WriteAsJsonAsync(page, DebugJson.Of<T>(), cancellationToken: context.RequestAborted);

    private static Task RefuseAsync(HttpContext context, int status, string why)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsync(why + "\n", context.RequestAborted);
    }
}

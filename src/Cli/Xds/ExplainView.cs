using System.Globalization;
using Knative.Xds.ControlPlane.Explaining;
using Spectre.Console;

namespace Knative.Xds.Cli.Xds;

/// <summary>What a request meets, for people.</summary>
internal static class ExplainView
{
    public static void Write(IAnsiConsole console, ExplainReport report)
    {
        var request = report.Request;
        var tree = new Tree(Markup.Escape($"{request.Method} {request.Scheme}://{request.Host}{request.Path} on the {request.Visibility} listener"));
        var host = tree.AddNode("Host");
        foreach (var scope in report.Scopes)
        {
            var found = report.RouteConfiguration is not null && scope == report.Scopes[^1];
            var whose = !found ? "is no ingress's" : report.Ingress is null ? "is the gateway's own" : $"is of the ingress {report.Ingress}";
            host.AddNode(Line(found, $"{scope[(scope.IndexOf('|', StringComparison.Ordinal) + 1)..]} {whose}"));
        }

        foreach (var (name, value) in report.Dropped)
        {
            tree.AddNode(Markup.Escape($"The listener does not take {name}: {value} from a client"));
        }

        if (report.Routes is { } routes)
        {
            AddRoutes(tree, routes);
            AddTargets(tree, routes, report);
        }

        console.Write(tree);
        console.MarkupLineInterpolated($"[bold]{report.Verdict}[/]");
    }

    private static void AddRoutes(Tree tree, RouteExplanation routes)
    {
        var node = tree.AddNode(Markup.Escape($"Routes of {routes.VirtualHost ?? "no virtual host"}, in order"));
        foreach (var route in routes.Considered)
        {
            node.AddNode(Line(route.Matches, $"{route.Name}: {route.Match}{(route.Matches ? "" : $": {route.Why}")}"));
        }
    }

    private static void AddTargets(Tree tree, RouteExplanation routes, ExplainReport report)
    {
        if (routes.Splits.IsEmpty)
        {
            return;
        }

        if (routes.RewriteHost is { } rewritten)
        {
            tree.AddNode(Markup.Escape($"The backend sees the host {rewritten}"));
        }

        if (!routes.Headers.IsEmpty)
        {
            AddHeaders(tree.AddNode("Every request"), routes.Headers);
        }

        foreach (var split in routes.Splits)
        {
            var node = tree.AddNode(Markup.Escape(string.Create(CultureInfo.InvariantCulture, $"{split.Share * 100:0.##} % to {split.Target}")));
            AddHeaders(node, split.Headers);
            AddEndpoints(node, report.Backends.FirstOrDefault(backend => backend.Cluster == split.Cluster));
        }
    }

    private static void AddHeaders(IHasTreeNodes node, IEnumerable<KeyValuePair<string, string>> headers)
    {
        foreach (var (name, value) in headers)
        {
            node.AddNode(Markup.Escape($"sets {name}: {value}"));
        }
    }

    private static void AddEndpoints(TreeNode node, BackendRow? backend)
    {
        if (backend is null)
        {
            return;
        }

        foreach (var endpoint in backend.Endpoints)
        {
            var zone = endpoint.Zone.Length > 0 ? $", {endpoint.Zone}" : "";
            node.AddNode(Markup.Escape($"{endpoint.Address} (priority {endpoint.Priority}{zone}, {backend.Protocol}{(backend.Tls ? " over TLS" : "")})"));
        }

        if (backend.Endpoints.IsEmpty)
        {
            node.AddNode("[red]no endpoint[/]");
        }
    }

    private static string Line(bool good, string text) => $"{(good ? "[green]yes[/]" : "[grey]no[/] ")} {Markup.Escape(text)}";
}

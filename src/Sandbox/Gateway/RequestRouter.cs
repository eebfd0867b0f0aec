using Envoy.Config.Route.V3;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Knative.Xds.Sandbox.Gateway;

/// <summary>Finds the route of a request and does what it says.</summary>
internal sealed class RequestRouter(GatewayState state, UpstreamInvokers invokers)
{
    private readonly RequestForwarder _forwarder = new(invokers);

    public Task HandleAsync(string listenerName, HttpContext context)
    {
        var config = state.Current;
        if (!config.Listeners.TryGetValue(listenerName, out var listener))
        {
            return AnswerAsync(context, StatusCodes.Status503ServiceUnavailable);
        }

        var request = context.Request;
        if (listener.RejectsUnderscores && request.Headers.Keys.Any(name => name.Contains('_', StringComparison.Ordinal)))
        {
            return AnswerAsync(context, StatusCodes.Status400BadRequest);
        }

        ForwardedHeaders.Add(context, listener);
        listener.EarlyEdits.Apply(request.Headers);
        var host = WithoutTrailingDot(request.Host);
        var target = PathAndQuery(context);
        var path = target.Split('?', 2)[0];
        if (RoutesOf(config, listener, request.Headers, host) is not { } routes || routes.Find(host) is not { } virtualHost)
        {
            return AnswerAsync(context, StatusCodes.Status404NotFound);
        }

        virtualHost.AnswerProbe(request.Headers);
        return virtualHost.Find(path, request.Headers) is { } route
            ? ActAsync(context, config, new RouteHit(routes, virtualHost, route, host.ToString(), target))
            : AnswerAsync(context, StatusCodes.Status404NotFound);
    }

    private static GatewayRoutes? RoutesOf(GatewayConfig config, GatewayListener listener, IHeaderDictionary headers, HostString host)
    {
        var exact = host.ToString().ToLowerInvariant();
        return new[] { exact, GatewayRoutes.Wildcard(exact) }.OfType<string>()
            .Select(key => config.RoutesByKey.GetValueOrDefault(listener.KeyOf(headers, key)))
            .FirstOrDefault(name => name is not null) is { } name ? config.Routes.GetValueOrDefault(name) : null;
    }

    private Task ActAsync(HttpContext context, GatewayConfig config, RouteHit hit) => hit.Route switch
    {
        { Redirect: { } redirect } => RedirectAsync(context, redirect, hit),
        { DirectResponse: { } response } => AnswerAsync(context, (int)response.Status, response.Body?.InlineString ?? ""),
        _ => _forwarder.ForwardAsync(context, config, hit),
    };

    private static Task RedirectAsync(HttpContext context, RedirectAction redirect, RouteHit hit)
    {
        var scheme = redirect.HttpsRedirect ? "https" : redirect.SchemeRedirect.Length > 0 ? redirect.SchemeRedirect : "http";
        var host = new HostString(redirect.HostRedirect.Length > 0 ? redirect.HostRedirect : hit.Host);
        context.Response.Headers.Location = $"{scheme}://{(host.Port == 80 ? host.Host : host.Value)}{hit.PathAndQuery}";
        return AnswerAsync(context, redirect.ResponseCode switch
        {
            RedirectAction.Types.RedirectResponseCode.Found => StatusCodes.Status302Found,
            RedirectAction.Types.RedirectResponseCode.SeeOther => StatusCodes.Status303SeeOther,
            RedirectAction.Types.RedirectResponseCode.TemporaryRedirect => StatusCodes.Status307TemporaryRedirect,
            RedirectAction.Types.RedirectResponseCode.PermanentRedirect => StatusCodes.Status308PermanentRedirect,
            _ => StatusCodes.Status301MovedPermanently,
        });
    }

    private static Task AnswerAsync(HttpContext context, int status, string body = "")
    {
        context.Response.StatusCode = status;
        return body.Length > 0 ? context.Response.WriteAsync(body) : Task.CompletedTask;
    }

    private static HostString WithoutTrailingDot(HostString host)
    {
        var name = host.Host.TrimEnd('.');
        return host.Port is { } port ? new HostString(name, port) : new HostString(name);
    }

    // The target as the client escaped it, with dot segments resolved.
    private static string PathAndQuery(HttpContext context)
    {
        var raw = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        return raw.StartsWith('/') && Uri.TryCreate("http://gateway" + raw, UriKind.Absolute, out var uri) ? uri.PathAndQuery : context.Request.Path + context.Request.QueryString;
    }
}

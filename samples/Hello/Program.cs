using Knative.Xds.Hello;
using Microsoft.AspNetCore.Server.Kestrel.Core;

var settings = HelloSettings.Read(Environment.GetEnvironmentVariable);
var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
{
    kestrel.AddServerHeader = false;
    kestrel.Limits.MaxRequestBodySize = null;
    kestrel.Limits.MinRequestBodyDataRate = null;
    kestrel.Listen(settings.Address, settings.Port, listen => listen.Protocols = settings.Http2 ? HttpProtocols.Http2 : HttpProtocols.Http1);
});
var app = builder.Build();
app.UseWebSockets(new WebSocketOptions());
app.Run(new HelloHandler(settings, TimeProvider.System).HandleAsync);
await app.RunAsync();

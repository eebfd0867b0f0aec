using Knative.Xds.Activation;
using Knative.Xds.Hosting;

// A request is forwarded, not computed: what follows on a read may run on the thread that waited for the sockets, which saves
// a change of threads at every step. The runtime takes this setting from the environment alone, before the first socket.
const string Inline = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";
Environment.SetEnvironmentVariable(Inline, Environment.GetEnvironmentVariable(Inline) ?? "1");

// Pods are near: a window that grows to 16 MiB per response would only fill with what a slow client does not take.
AppContext.SetSwitch("System.Net.SocketsHttpHandler.Http2FlowControl.DisableDynamicWindowSizing", true);

return await ServiceProgram.RunAsync(async () =>
{
    var options = ServiceConfiguration.Load<ActivatorOptions>(args);
    UpstreamEnvironment.Apply(options, Environment.GetEnvironmentVariable);
    await using var app = ActivatorApp.Create(options);
    await app.RunAsync();
});

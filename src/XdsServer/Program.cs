using Knative.Xds.Hosting;
using Knative.Xds.XdsServer;

return await ServiceProgram.RunAsync(async () =>
{
    var options = ServiceConfiguration.Load<XdsServerOptions>(args);
    UpstreamEnvironment.Apply(options, Environment.GetEnvironmentVariable);
    await XdsServerApp.Create(options).RunAsync();
});

using Knative.Xds.Hosting;
using Knative.Xds.XdsServer;

_ = StartCollection.RunAsync(TimeProvider.System);
return await ServiceProgram.RunAsync(async () =>
{
    var options = ServiceConfiguration.Load<XdsServerOptions>(args);
    UpstreamEnvironment.Apply(options, Environment.GetEnvironmentVariable);
    options.PodName = Environment.GetEnvironmentVariable("POD_NAME") ?? options.PodName;
    await XdsServerApp.Create(options).RunAsync();
});

using Knative.Xds.Activation;
using Knative.Xds.Hosting;

return await ServiceProgram.RunAsync(async () =>
{
    var options = ServiceConfiguration.Load<ActivatorOptions>(args);
    UpstreamEnvironment.Apply(options, Environment.GetEnvironmentVariable);
    await using var app = ActivatorApp.Create(options);
    await app.RunAsync();
});

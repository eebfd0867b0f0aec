using Knative.Xds.Activation;
using Knative.Xds.Hosting;

var options = ServiceConfiguration.Load<ActivatorOptions>(args);
UpstreamEnvironment.Apply(options, Environment.GetEnvironmentVariable);
await using var app = ActivatorApp.Create(options);
await app.RunAsync();

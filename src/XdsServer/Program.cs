using Knative.Xds.Hosting;
using Knative.Xds.XdsServer;

var options = ServiceConfiguration.Load<XdsServerOptions>(args);
UpstreamEnvironment.Apply(options, Environment.GetEnvironmentVariable);
await XdsServerApp.Create(options).RunAsync();

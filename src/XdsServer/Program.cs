using Knative.Xds.Hosting;
using Knative.Xds.XdsServer;

await XdsServerApp.Create(ServiceConfiguration.Load<XdsServerOptions>(args)).RunAsync();

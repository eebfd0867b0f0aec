using Knative.Xds.Autoscaler;
using Knative.Xds.Hosting;

return await ServiceProgram.RunAsync(async () =>
{
    var options = ServiceConfiguration.Load<AutoscalerOptions>(args);
    // Upstream's manifests set these.
    options.PodName = Environment.GetEnvironmentVariable("POD_NAME") ?? options.PodName;
    options.PodIp = Environment.GetEnvironmentVariable("POD_IP") ?? options.PodIp;
    options.SystemNamespace = Environment.GetEnvironmentVariable("SYSTEM_NAMESPACE") ?? options.SystemNamespace;
    options.ClusterDomain = Environment.GetEnvironmentVariable("CLUSTER_DOMAIN") ?? options.ClusterDomain;
    await AutoscalerApp.Create(options).RunAsync();
});

using BenchmarkDotNet.Running;
using Knative.Xds.Micro;

// dotnet run -c Release --project bench/Micro -- --filter '*'
BenchmarkSwitcher.FromAssembly(typeof(PublishOneChange).Assembly).Run(args);

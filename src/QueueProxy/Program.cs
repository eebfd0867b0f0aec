using System.Runtime.InteropServices;
using Knative.Xds.QueueProxy;

var environment = new QueueEnvironment(Environment.GetEnvironmentVariable);
var options = environment.Read();
if (environment.Problems.Count > 0)
{
    await Console.Error.WriteLineAsync(string.Join('\n', environment.Problems));
    return 1;
}

var terminated = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
void Terminate(PosixSignalContext context)
{
    context.Cancel = true;
    terminated.TrySetResult();
}

using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Terminate);
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Terminate);
await using var app = QueueProxyApp.Create(options);
await app.StartAsync(CancellationToken.None);
await terminated.Task;
await app.ShutdownAsync(CancellationToken.None);
return 0;

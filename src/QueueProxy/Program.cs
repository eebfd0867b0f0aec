using System.Runtime.InteropServices;
using Knative.Xds.QueueProxy;

// A request is forwarded, not computed: what follows on a read may run on the thread that waited for the sockets, which saves
// a change of threads at every step. The runtime takes this setting from the environment alone, before the first socket.
const string Inline = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";
Environment.SetEnvironmentVariable(Inline, Environment.GetEnvironmentVariable(Inline) ?? "1");

// The user container is next door: a window that grows to 16 MiB per response would only fill with what a slow client does not take.
AppContext.SetSwitch("System.Net.SocketsHttpHandler.Http2FlowControl.DisableDynamicWindowSizing", true);

var environment = new QueueEnvironment(Environment.GetEnvironmentVariable, ContainerMemory.Limit());
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

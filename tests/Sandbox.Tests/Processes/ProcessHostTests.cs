using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Knative.Xds.Sandbox.Processes;
using Knative.Xds.Testing;

namespace Knative.Xds.Sandbox.Tests.Processes;

public sealed class ProcessHostTests : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private readonly ProcessHost _host = new(TimeProvider.System);
    private readonly string _folder = Directory.CreateTempSubdirectory("kxds-processes-").FullName;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Start_ProgramEnds_GivesExitCodeAndAllLines()
    {
        var output = new ConcurrentQueue<string>();
        var errors = new ConcurrentQueue<string>();

        var child = _host.Start(Shell("echo one; echo two >&2; printf three; exit 7") with { OnOutput = output.Enqueue, OnError = errors.Enqueue });

        Assert.Equal(7, await child.Exited.Within(Limit));
        Assert.Equal(["one", "three"], output);
        Assert.Equal(["two"], errors);
    }

    [Fact]
    public async Task Start_LineLongerThanBuffer_ComesInParts()
    {
        var output = new ConcurrentQueue<string>();

        var child = _host.Start(Shell("head -c 20000 /dev/zero | tr '\\0' x; echo") with { OnOutput = output.Enqueue });

        await child.Exited.Within(Limit);
        Assert.Equal([16384, 3616], output.Select(line => line.Length));
    }

    [Theory]
    [InlineData("/no/such/program", "\"/no/such/program\": no such file")]
    [InlineData("no-such-program", "\"no-such-program\": executable file not found in PATH")]
    [InlineData("/etc/passwd", "\"/etc/passwd\": permission denied (not executable)")]
    public void Start_NothingToExecute_SaysWhat(string program, string message)
    {
        var error = Assert.Throws<ProcessStartException>(() => _host.Start(new ChildProcessStart { Command = [program] }));

        Assert.Equal(message, error.Message);
    }

    [Fact]
    public void Start_MissingWorkingDirectory_SaysSo()
    {
        var error = Assert.Throws<ProcessStartException>(() => _host.Start(Shell("true") with { WorkingDirectory = "/no/such/folder" }));

        Assert.Equal("working directory \"/no/such/folder\" does not exist", error.Message);
    }

    [Fact]
    public async Task Start_OwnEnvironment_HasNothingElse()
    {
        var output = new ConcurrentQueue<string>();
        var environment = new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin", ["GREETING"] = "hello" };

        await _host.Start(new ChildProcessStart { Command = ["env"], Environment = environment, OnOutput = output.Enqueue }).Exited.Within(Limit);

        Assert.Equal(["GREETING", "KXDS_PROCESS_OWNER", "PATH"], output.Select(line => line.Split('=')[0]).Order());
    }

    [Fact]
    public async Task TerminateAsync_ProgramHandlesSignal_GivesItsExitCode()
    {
        var child = _host.Start(Shell($"trap 'exit 3' TERM; touch {_folder}/up; while :; do sleep 0.05; done"));
        await Eventually.TrueAsync(() => File.Exists(Path.Combine(_folder, "up")), Limit);

        Assert.Equal(3, await child.TerminateAsync(Limit).Within(Limit));
    }

    [Fact]
    public async Task TerminateAsync_ProgramIgnoresSignal_IsKilledAfterGrace()
    {
        var child = _host.Start(Shell($"trap '' TERM; touch {_folder}/up; while :; do sleep 0.05; done"));
        await Eventually.TrueAsync(() => File.Exists(Path.Combine(_folder, "up")), Limit);

        Assert.Equal(128 + 9, await child.TerminateAsync(TimeSpan.FromMilliseconds(50)).Within(Limit));
    }

    [Fact]
    public async Task Exited_ProgramLeavesChildBehind_ChildIsKilled()
    {
        var child = _host.Start(Shell($"sleep 1000 & echo $! > {_folder}/pid"));
        await child.Exited.Within(Limit);

        await Eventually.TrueAsync(() => !IsAlive(ReadPid("pid")), Limit);
    }

    [Fact]
    public async Task Host_ParentIsKilled_NothingOutlivesIt()
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        foreach (var argument in SelfArguments())
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment[KilledParent.FolderVariable] = _folder;
        using var parent = Process.Start(start)!;
        string[] names = ["leader", "grandchild", "escaped", "cleared"];
        await Eventually.TrueAsync(() => names.All(name => File.Exists(Path.Combine(_folder, name)) && new FileInfo(Path.Combine(_folder, name)).Length > 0), TimeSpan.FromSeconds(90));
        var pids = names.Select(ReadPid).ToArray();
        Assert.All(pids, pid => Assert.True(IsAlive(pid)));

        parent.Kill();

        await Eventually.TrueAsync(() => pids.All(pid => !IsAlive(pid)), Limit);
    }

    private static ChildProcessStart Shell(string script) => new() { Command = ["sh", "-c", script] };

    // Run through the host program "dotnet X.dll", this process's path alone is not enough.
    private static string[] SelfArguments() =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [typeof(ProcessHostTests).Assembly.Location] : [];

    private int ReadPid(string name) => int.Parse(File.ReadAllText(Path.Combine(_folder, name)), CultureInfo.InvariantCulture);

    // A killed process may stay as a zombie where process 1 of a container does not wait for it.
    private static bool IsAlive(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            return stat[stat.LastIndexOf(')') + 2] is not ('Z' or 'X');
        }
        catch (IOException)
        {
            return false;
        }
    }
}

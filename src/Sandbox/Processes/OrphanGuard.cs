using System.Diagnostics;
using System.Globalization;

namespace Knative.Xds.Sandbox.Processes;

/// <summary>A small shell process that kills everything a <see cref="ProcessHost"/> started once that host's process is gone, however it went.</summary>
/// <remarks>It waits for the end of a pipe whose other end only this process has. Then it kills the process groups that it was told of, and
/// every process that carries the host's mark in its environment, which catches those that left their group.
/// Nothing but a POSIX shell and grep is needed, and starting a child costs one line on the pipe.</remarks>
internal sealed class OrphanGuard : IDisposable
{
    /// <summary>Environment variable that marks the host's children.</summary>
    public const string MarkVariable = "KXDS_PROCESS_OWNER";

    // Its outputs are pipes to the process whose end it waits for: a message into them would end the guard itself.
    // Scans more than once: a child that was being forked when its parent died gets its environment a moment later. The group of a marked
    // process (third field behind the name in its stat file) goes with it, if it is one of ours: its number may not have come down the pipe.
    private const string Script = """
        exec >/dev/null 2>&1
        trap '' INT TERM HUP
        mark=$1
        groups=' '
        while read -r what group; do
            case $what in
            +) groups="$groups$group " ;;
            -) case $groups in *" $group "*) groups="${groups%% $group *} ${groups#* $group }" ;; esac ;;
            esac
        done
        for group in $groups; do kill -KILL "-$group"; done
        round=0
        while [ $round -lt 5 ]; do
            found=
            for file in $(grep -ls "$mark" /proc/[0-9]*/environ); do
                pid=${file#/proc/}
                pid=${pid%/environ}
                read -r stat </proc/$pid/stat || continue
                set -- ${stat##*) }
                grep -qs "$mark" "/proc/$3/environ" && kill -KILL "-$3"
                kill -KILL "$pid" && found=1
            done
            [ -n "$found" ] || { round=$((round + 1)); sleep 0.1; }
        done
        """;

    private readonly Process _shell;
    private readonly Lock _lock = new();

    public OrphanGuard()
    {
        var start = new ProcessStartInfo("setsid") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])["sh", "-c", Script, "kxds-orphan-guard", Mark])
        {
            start.ArgumentList.Add(argument);
        }

        // Not this process's environment: another host's mark in it would make that host's guard kill this one.
        start.Environment.Clear();
        start.Environment["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin:/bin";
        _shell = Process.Start(start) ?? throw new ProcessStartException("setsid did not start");
        _shell.StandardInput.AutoFlush = true;
    }

    /// <summary>Value of <see cref="MarkVariable"/>, not used by any other host.</summary>
    public string Mark { get; } = Guid.NewGuid().ToString("n");

    public void Add(int group) => Tell('+', group);

    public void Remove(int group) => Tell('-', group);

    /// <summary>Closes the pipe: whatever is left dies.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _shell.Dispose();
        }
    }

    private void Tell(char what, int group)
    {
        lock (_lock)
        {
            try
            {
                _shell.StandardInput.Write(string.Create(CultureInfo.InvariantCulture, $"{what} {group}\n"));
            }
            catch (Exception error) when (error is IOException or ObjectDisposedException or InvalidOperationException)
            {
                // Someone killed the guard, or the host is disposed: its children are ended by the host itself then.
            }
        }
    }
}

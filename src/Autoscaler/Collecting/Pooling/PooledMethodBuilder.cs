using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Knative.Xds.Autoscaler.Collecting.Pooling;

/// <summary>Builds async methods that allocate nothing, however many of them wait at once: thousands of scrapes do, and the platform's own pool keeps one or two of each.</summary>
/// <remarks>Their callers await each result once, and they see no AsyncLocal of who called them.</remarks>
[StructLayout(LayoutKind.Auto)]
[SuppressMessage("Performance", "CA1822:Mark members as static", Justification = "The compiler calls them on an instance.")]
internal struct PooledMethodBuilder<TResult>
{
    // Null until the method first waits: one that never does needs no object.
    private PooledMethod<TResult>? _method;
    private TResult _result;
    private Exception? _failure;

    public readonly ValueTask<TResult> Task => _method is not null
        ? new ValueTask<TResult>(_method, _method.Version)
        : _failure is null ? new ValueTask<TResult>(_result) : ValueTask.FromException<TResult>(_failure);

    public static PooledMethodBuilder<TResult> Create() => default;

    public readonly void Start<TMachine>(ref TMachine machine) where TMachine : IAsyncStateMachine => machine.MoveNext();

    public readonly void SetStateMachine(IAsyncStateMachine machine)
    {
        // For machines that are classes, as in builds for debugging; those are kept like any other.
    }

    public void SetResult(TResult result)
    {
        if (_method is null)
        {
            _result = result;
        }
        else
        {
            _method.SetResult(result);
        }
    }

    public void SetException(Exception exception)
    {
        if (_method is null)
        {
            _failure = exception;
        }
        else
        {
            _method.SetException(exception);
        }
    }

    public void AwaitOnCompleted<TAwaiter, TMachine>(ref TAwaiter awaiter, ref TMachine machine)
        where TAwaiter : INotifyCompletion
        where TMachine : IAsyncStateMachine => awaiter.OnCompleted(Keep(ref machine));

    public void AwaitUnsafeOnCompleted<TAwaiter, TMachine>(ref TAwaiter awaiter, ref TMachine machine)
        where TAwaiter : ICriticalNotifyCompletion
        where TMachine : IAsyncStateMachine => awaiter.UnsafeOnCompleted(Keep(ref machine));

    private Action Keep<TMachine>(ref TMachine machine) where TMachine : IAsyncStateMachine
    {
        if (_method is null)
        {
            var method = PooledMethod<TResult, TMachine>.Take();
            // This builder is a field of the machine: it must know before it is copied.
            _method = method;
            method.Machine = machine;
        }

        return _method.Continue;
    }
}

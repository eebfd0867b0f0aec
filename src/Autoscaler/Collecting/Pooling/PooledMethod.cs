using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;

namespace Knative.Xds.Autoscaler.Collecting.Pooling;

/// <summary>An async method that waits, and its result. Whoever awaits it gives it back.</summary>
/// <remarks>Threading: as of any ValueTask, awaited once.</remarks>
internal abstract class PooledMethod<TResult> : IValueTaskSource<TResult>
{
    // Mutable struct: a field, never read-only.
    private ManualResetValueTaskSourceCore<TResult> _core;

    protected PooledMethod() => Continue = MoveNext;

    /// <summary>Goes on after a wait; one delegate for all its waits.</summary>
    public Action Continue { get; }

    public short Version => _core.Version;

    public void SetResult(TResult result) => _core.SetResult(result);

    public void SetException(Exception exception) => _core.SetException(exception);

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    public TResult GetResult(short token)
    {
        try
        {
            return _core.GetResult(token);
        }
        finally
        {
            _core.Reset();
            GiveBack();
        }
    }

    protected abstract void MoveNext();

    protected abstract void GiveBack();
}

/// <summary>The same, of one method. There are as many as ever waited at once.</summary>
internal sealed class PooledMethod<TResult, TMachine> : PooledMethod<TResult> where TMachine : IAsyncStateMachine
{
    private static readonly Lock Gate = new();
    private static readonly Stack<PooledMethod<TResult, TMachine>> Unused = new();

    /// <value>The method's place and variables.</value>
    [SuppressMessage("Design", "CA1051:Do not declare visible instance fields", Justification = "A struct that works in place.")]
    public TMachine? Machine;

    public static PooledMethod<TResult, TMachine> Take()
    {
        lock (Gate)
        {
            return Unused.TryPop(out var method) ? method : new PooledMethod<TResult, TMachine>();
        }
    }

    protected override void MoveNext() => Machine!.MoveNext();

    protected override void GiveBack()
    {
        Machine = default;
        lock (Gate)
        {
            Unused.Push(this);
        }
    }
}

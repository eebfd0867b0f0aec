using System.Threading.Tasks.Sources;
using Knative.Xds.Autoscaler.Collecting;

namespace Knative.Xds.Micro;

/// <summary>Pods that answer when they are told to.</summary>
internal sealed class WaitingPods : IStatSource
{
    private readonly Stack<Request> _unused = new();
    private readonly List<Request> _waiting = [];

    public ValueTask<StatAnswer> AskPodAsync(string ip, CancellationToken cancellationToken)
    {
        if (!_unused.TryPop(out var request))
        {
            request = new Request();
        }

        _waiting.Add(request);
        return request.Answer;
    }

    public Task<StatAnswer> AskServiceAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <summary>Answers all that wait.</summary>
    public void Answer(in StatAnswer answer)
    {
        foreach (var request in _waiting)
        {
            request.Complete(answer);
            _unused.Push(request);
        }

        _waiting.Clear();
    }

    private sealed class Request : IValueTaskSource<StatAnswer>
    {
        private ManualResetValueTaskSourceCore<StatAnswer> _core;

        public ValueTask<StatAnswer> Answer => new(this, _core.Version);

        public void Complete(in StatAnswer answer) => _core.SetResult(answer);

        public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

        public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
            _core.OnCompleted(continuation, state, token, flags);

        public StatAnswer GetResult(short token)
        {
            var answer = _core.GetResult(token);
            _core.Reset();
            return answer;
        }
    }
}

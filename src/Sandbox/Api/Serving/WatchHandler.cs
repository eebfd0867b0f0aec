using System.Globalization;
using Knative.Xds.Sandbox.Api.Selecting;
using Knative.Xds.Sandbox.Api.Storage;

namespace Knative.Xds.Sandbox.Api.Serving;

/// <summary>Streams changes. A watch keeps nothing but its position: it reads the kind's event log whenever that grows, so a slow client costs no memory and in the end gets 410.</summary>
internal sealed class WatchHandler(ObjectStore store, TimeProvider time, CancellationToken stopping)
{
    private static readonly TimeSpan BookmarkInterval = TimeSpan.FromSeconds(10);

    public async Task WatchAsync(ResourceRequest request)
    {
        var labels = LabelSelector.Parse(request.Query("labelSelector"));
        var fields = FieldSelector.Parse(request.Query("fieldSelector"), request.Kind);
        var filter = new WatchFilter(request.Id.Namespace, labels, fields);
        var stream = new WatchStream(request.Http, Representation.For(request, time));
        using var lifetime = Lifetime(request);
        try
        {
            var position = await StartAsync(request, filter, stream, lifetime.Token);
            await FollowAsync(request, filter, stream, position, lifetime.Token);
        }
        catch (OperationCanceledException) when (lifetime.IsCancellationRequested)
        {
            // The client left, its timeout passed, or the server stops: a watch ends without further words.
        }
    }

    private CancellationTokenSource Lifetime(ResourceRequest request)
    {
        var lifetime = CancellationTokenSource.CreateLinkedTokenSource(request.Http.RequestAborted, stopping);
        if (int.TryParse(request.Query("timeoutSeconds"), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds > 0)
        {
            // The linked source cannot take a TimeProvider; the timer lives as long as the request does.
            var timer = time.CreateTimer(_ => Cancel(lifetime), null, TimeSpan.FromSeconds(seconds), Timeout.InfiniteTimeSpan);
            request.Http.Response.RegisterForDispose(timer);
        }

        return lifetime;
    }

    private static void Cancel(CancellationTokenSource source)
    {
        try
        {
            source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The watch ended first.
        }
    }

    /// <summary>Sends the state the client asked to start with, and returns the version to go on from.</summary>
    private async Task<long> StartAsync(ResourceRequest request, WatchFilter filter, WatchStream stream, CancellationToken cancellationToken)
    {
        var text = request.Query("resourceVersion") ?? "";
        var sendInitial = request.Flag("sendInitialEvents");
        await stream.OpenAsync(cancellationToken);
        if (!sendInitial && text is not ("" or "0"))
        {
            return ReadHandler.ParseVersion(text);
        }

        var (version, objects) = Snapshot(request.Kind.Resource);
        if (request.Query("sendInitialEvents") != "false")
        {
            foreach (var (key, stored) in objects)
            {
                if (filter.Matches(key, stored))
                {
                    stream.Add("ADDED", stored);
                }
            }
        }

        if (sendInitial && request.Flag("allowWatchBookmarks"))
        {
            stream.AddBookmark(Text(version), true);
        }

        await stream.FlushAsync(cancellationToken);
        return version;
    }

    private (long Version, IReadOnlyDictionary<string, StoredObject> Objects) Snapshot(string kind)
    {
        lock (store.Gate)
        {
            return (store.Version, store.Of(kind).Objects);
        }
    }

    private async Task FollowAsync(ResourceRequest request, WatchFilter filter, WatchStream stream, long position, CancellationToken cancellationToken)
    {
        var log = store.Of(request.Kind.Resource);
        var events = new List<StoreEvent>();
        var bookmarks = request.Flag("allowWatchBookmarks");
        var sent = position;
        while (true)
        {
            var changed = log.Changed.Next;
            events.Clear();
            if (!TryRead(log, position, events, out var version))
            {
                stream.AddError(ApiException.Expired($"too old resource version: {position} ({version})").ToStatus());
                await stream.FlushAsync(cancellationToken);
                return;
            }

            foreach (var change in events)
            {
                filter.Send(change, stream);
                sent = change.Version;
            }

            await stream.FlushAsync(cancellationToken);
            position = version;
            if (!await ChangedInTimeAsync(changed, cancellationToken) && bookmarks && sent != position)
            {
                stream.AddBookmark(Text(position), false);
                sent = position;
            }
        }
    }

    private bool TryRead(KindStore log, long position, List<StoreEvent> events, out long version)
    {
        lock (store.Gate)
        {
            version = store.Version;
            // A position of the future was given by another life of this server.
            return position <= version && log.TryReadAfter(position, events);
        }
    }

    private async Task<bool> ChangedInTimeAsync(Task changed, CancellationToken cancellationToken)
    {
        try
        {
            await changed.WaitAsync(BookmarkInterval, time, cancellationToken);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private static string Text(long version) => version.ToString(CultureInfo.InvariantCulture);
}

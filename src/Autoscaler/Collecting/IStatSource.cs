namespace Knative.Xds.Autoscaler.Collecting;

/// <summary>Where the stats of one revision are asked for.</summary>
/// <remarks>Errors: none but what the answer says.</remarks>
internal interface IStatSource
{
    /// <summary>Asks one pod.</summary>
    ValueTask<StatAnswer> AskPodAsync(string ip, CancellationToken cancellationToken);

    /// <summary>Asks the Service: some pod answers.</summary>
    Task<StatAnswer> AskServiceAsync(CancellationToken cancellationToken);
}

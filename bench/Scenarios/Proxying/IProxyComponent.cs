namespace Knative.Xds.Scenarios.Proxying;

/// <summary>A part of the data path that can be measured alone.</summary>
internal interface IProxyComponent
{
    /// <summary>Value of <c>--component</c>.</summary>
    string Name { get; }

    /// <summary>Environment variable that names the program it is compared with.</summary>
    string PeerVariable { get; }

    /// <summary>Address that the user listens on.</summary>
    System.Net.IPAddress UserAddress { get; }

    /// <summary>Whether the user is asked over HTTP/1.1 too while h2c is measured, on the same port.</summary>
    bool AsksOverHttp1 { get; }

    /// <summary>Seconds under load until a measurement may start.</summary>
    int WarmUpSeconds { get; }

    /// <summary>Path of our program as it ships.</summary>
    /// <remarks>Errors: <see cref="FileNotFoundException"/> that says how to build it.</remarks>
    string Find();

    /// <summary>Starts what such a program stands on.</summary>
    /// <param name="protocol">What is spoken.</param>
    /// <param name="userPort">Where the user listens.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    Task<IProxyStage> StageAsync(ProxyProtocol protocol, int userPort, CancellationToken cancellationToken);
}

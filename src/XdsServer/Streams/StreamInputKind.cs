namespace Knative.Xds.XdsServer.Streams;

/// <summary>Kinds of input of a stream's loop.</summary>
internal enum StreamInputKind
{
    /// <summary>A client's message.</summary>
    Request,
    /// <summary>There are newer resources.</summary>
    Newer,
    /// <summary>A second has passed.</summary>
    Tick,
    /// <summary>Someone asks what the client has.</summary>
    Question,
}

namespace Knative.Xds.Activation.Measuring;

/// <summary>Why a client was turned away.</summary>
internal enum Refusal
{
    /// <summary>Too many requests wait, of the revision or in all.</summary>
    QueueFull,
    /// <summary>Too many requests are inside.</summary>
    Requests,
    /// <summary>Too many connections are open.</summary>
    Connections,
    /// <summary>The headers are too large.</summary>
    HeadersTooLarge,
    /// <summary>The headers took too long.</summary>
    HeadersTimeout,
    /// <summary>The request is malformed.</summary>
    BadRequest,
    /// <summary>There is no such revision.</summary>
    UnknownRevision,
    /// <summary>The headers of all requests inside are too large.</summary>
    HeaderBudget,
    /// <summary>Too much is on its way to those who do not take it.</summary>
    Transfers,
    /// <summary>An HTTP/2 client broke the protocol, or did not calm down.</summary>
    Protocol,
}

namespace Knative.Xds.QueueProxy.Reporting;

/// <summary>Why a client was turned away.</summary>
internal enum Refusal
{
    /// <summary>The user container's queue is full.</summary>
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

    /// <summary>The headers of all requests inside are as much as may be held.</summary>
    HeaderBudget,

    /// <summary>Too many probes wait for their answer.</summary>
    Probes,

    /// <summary>Too much is on its way to clients that do not take it.</summary>
    Transfers,

    /// <summary>An HTTP/2 client broke the protocol, or did not calm down.</summary>
    Protocol,
}

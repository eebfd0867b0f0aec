using System.Net;

namespace Knative.Xds.Integration.Kingress.Harness;

/// <summary>What is special about a backend.</summary>
internal sealed record BackendOptions
{
    /// <summary>Address that it listens on.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;
    /// <summary>Status codes of its first answers, in order; then all is well.</summary>
    public IReadOnlyList<int> FirstCodes { get; init; } = [];
    /// <summary>Answers in place of the usual account; null for that.</summary>
    public Func<Microsoft.AspNetCore.Http.HttpContext, Task>? Handler { get; init; }
    /// <summary>Certificate of its TLS port; null for a port that is not there.</summary>
    public System.Security.Cryptography.X509Certificates.X509Certificate2? Certificate { get; init; }
}

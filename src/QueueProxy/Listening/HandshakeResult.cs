using System.Net.Security;
using System.Security.Authentication;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Knative.Xds.QueueProxy.Listening;

/// <summary>What a handshake agreed on: the server takes HTTP/2 over TLS only of a version that is new enough.</summary>
internal sealed class HandshakeResult(SslStream stream) : ITlsHandshakeFeature, ITlsApplicationProtocolFeature
{
    public ReadOnlyMemory<byte> ApplicationProtocol { get; } = stream.NegotiatedApplicationProtocol.Protocol;

    public SslProtocols Protocol { get; } = stream.SslProtocol;

    public TlsCipherSuite? NegotiatedCipherSuite { get; } = stream.NegotiatedCipherSuite;

    // The interface asks for them; they say nothing that the suite does not.
#pragma warning disable SYSLIB0058
    public CipherAlgorithmType CipherAlgorithm { get; } = stream.CipherAlgorithm;

    public int CipherStrength { get; } = stream.CipherStrength;

    public HashAlgorithmType HashAlgorithm { get; } = stream.HashAlgorithm;

    public int HashStrength { get; } = stream.HashStrength;

    public ExchangeAlgorithmType KeyExchangeAlgorithm { get; } = stream.KeyExchangeAlgorithm;

    public int KeyExchangeStrength { get; } = stream.KeyExchangeStrength;
#pragma warning restore SYSLIB0058
}

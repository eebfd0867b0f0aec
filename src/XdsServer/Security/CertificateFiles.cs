namespace Knative.Xds.XdsServer.Security;

/// <summary>Content of the three files of the xDS port, PEM.</summary>
/// <param name="Certificate">Our certificate chain.</param>
/// <param name="Key">Its private key.</param>
/// <param name="ClientCa">What client certificates must go back to.</param>
internal sealed record CertificateFiles(string Certificate, string Key, string ClientCa)
{
    /// <summary>Reads the files.</summary>
    /// <exception cref="CertificateException">One of them cannot be read.</exception>
    public static CertificateFiles Read(XdsServerOptions options)
    {
        try
        {
            return new(File.ReadAllText(options.TlsCertificateFile!), File.ReadAllText(options.TlsKeyFile!), File.ReadAllText(options.TlsClientCaFile!));
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new CertificateException(unreadable.Message, unreadable);
        }
    }
}

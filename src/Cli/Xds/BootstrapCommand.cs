using System.CommandLine;
using Knative.Xds.Cli.Admin;
using Knative.Xds.ControlPlane.Translation;

namespace Knative.Xds.Cli.Xds;

/// <summary><c>kxds bootstrap</c>: the bootstrap of a gateway.</summary>
internal static class BootstrapCommand
{
    private const int DefaultPort = 18000;

    public static Command Create()
    {
        var server = new Argument<string>("XDS-SERVER") { Description = "HOST or HOST:PORT of the xDS server (port 18000 unless given)." };
        var node = new Option<string>("--node-id") { Description = "Unique for each gateway.", DefaultValueFactory = _ => Environment.MachineName };
        var cluster = new Option<string>("--node-cluster") { Description = "The same for all gateways of a fleet.", DefaultValueFactory = _ => "kxds" };
        var fleet = new Option<string>("--fleet") { Description = "Fleet that the gateway belongs to.", DefaultValueFactory = _ => "" };
        var admin = new Option<int>("--admin-port") { Description = "Port of Envoy's admin interface on 127.0.0.1; 0 takes a free one.", DefaultValueFactory = _ => 9901 };
        var heap = new Option<long>("--max-heap-bytes") { Description = "Bytes of heap that Envoy may use; below the limit of its container.", DefaultValueFactory = _ => 2L * 1024 * 1024 * 1024 };
        var connections = new Option<int>("--max-connections") { Description = "Connections that clients outside the cluster may have open at once.", DefaultValueFactory = _ => 50_000 };
        var certificates = new Option<string?>("--certificates") { Description = "Folder with tls.crt, tls.key and ca.crt: mutual TLS with the server." };
        var secrets = new Option<string?>("--secrets") { Description = "With --certificates: folder to write the two files into by which Envoy reloads certificates. Default: the current one." };
        var name = new Option<string?>("--server-name") { Description = "With --certificates: DNS name in the server's certificate. Default: its host." };
        var command = new Command("bootstrap", "Print the bootstrap of a gateway, for Envoy's --config-path.") { server, node, cluster, fleet, admin, heap, connections, certificates, secrets, name };
        command.SetAction((parsed, _) => CommandRun.GuardAsync(() =>
        {
            var (host, port) = Parse(parsed.GetValue(server)!);
            var tls = parsed.GetValue(certificates) is { } folder
                ? new BootstrapTls
                {
                    ServerName = parsed.GetValue(name) ?? host,
                    SecretsDirectory = Path.GetFullPath(parsed.GetValue(secrets) ?? "."),
                    CertificateDirectory = Path.GetFullPath(folder),
                }
                : null;
            // First, so that nothing is printed that names files which are not there.
            WriteSecrets(tls);
            Console.Out.Write(BootstrapTemplate.Render(new BootstrapSettings
            {
                NodeId = parsed.GetValue(node)!,
                NodeCluster = parsed.GetValue(cluster)!,
                Fleet = parsed.GetValue(fleet)!,
                XdsHost = host,
                XdsPort = port,
                AdminPort = parsed.GetValue(admin),
                MaxHeapBytes = parsed.GetValue(heap),
                MaxConnections = parsed.GetValue(connections),
                Tls = tls,
            }));
            return Task.FromResult(0);
        }));
        return command;
    }

    private static void WriteSecrets(BootstrapTls? tls)
    {
        if (tls is null)
        {
            return;
        }

        try
        {
            Directory.CreateDirectory(tls.SecretsDirectory);
            foreach (var (file, content) in BootstrapTemplate.RenderSecrets(tls))
            {
                File.WriteAllText(Path.Combine(tls.SecretsDirectory, file), content);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"--secrets {tls.SecretsDirectory}: {error.Message}", error);
        }
    }

    internal static (string Host, int Port) Parse(string server)
    {
        if (Uri.TryCreate($"xds://{server}", UriKind.Absolute, out var address) && address.Host.Length > 0 && address.AbsolutePath is "" or "/")
        {
            return (address.Host.Trim('[', ']'), address.IsDefaultPort || address.Port < 0 ? DefaultPort : address.Port);
        }

        throw new CliException($"{server} is not HOST or HOST:PORT");
    }
}

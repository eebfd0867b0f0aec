using k8s.KubeConfigModels;
using Knative.Xds.Kube.Manifests;
using YamlDotNet.RepresentationModel;

namespace Knative.Xds.Kube.Client;

/// <summary>Reads kubeconfigs into the package's model. The package reads them by reflection: that needs a compiler at run time, and a third of a second.</summary>
internal static class KubeconfigFile
{
    /// <summary>Reads a file; paths in it, which are relative to it, become absolute.</summary>
    /// <exception cref="FormatException">It is no YAML, or no kubeconfig; the message names the file.</exception>
    public static K8SConfiguration Read(string path) => Find(path) ?? throw new FormatException($"{path}: this is no kubeconfig");

    // Null where the file says nothing.
    private static K8SConfiguration? Find(string path)
    {
        try
        {
            if (YamlText.Roots(File.ReadAllText(path)) is not [var first, ..])
            {
                return null;
            }

            var root = first as YamlMappingNode ?? throw new FormatException("this is no kubeconfig");
            var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
            return new K8SConfiguration
            {
                ApiVersion = Text(root, "apiVersion"),
                Kind = Text(root, "kind"),
                CurrentContext = Text(root, "current-context"),
                Contexts = [.. Items(root, "contexts").Select(entry => new Context { Name = Text(entry, "name"), ContextDetails = Context(Part(entry, "context")) })],
                Clusters = [.. Items(root, "clusters").Select(entry => new Cluster { Name = Text(entry, "name"), ClusterEndpoint = Cluster(Part(entry, "cluster"), folder) })],
                Users = [.. Items(root, "users").Select(entry => new User { Name = Text(entry, "name"), UserCredentials = Credentials(Part(entry, "user"), folder) })],
            };
        }
        catch (FormatException malformed)
        {
            throw new FormatException($"{path}: {malformed.Message}", malformed);
        }
    }

    /// <summary>Several files as one: of entries of the same name the first counts, and so does the first current context. Files that are not there, or are empty, do not count.</summary>
    /// <remarks>Source: the rules of kubectl, "Organizing Cluster Access Using kubeconfig Files".</remarks>
    public static K8SConfiguration Read(IEnumerable<string> paths)
    {
        var all = paths.Where(File.Exists).Select(Find).OfType<K8SConfiguration>().ToList();
        return new K8SConfiguration
        {
            CurrentContext = all.Select(one => one.CurrentContext).FirstOrDefault(name => !string.IsNullOrEmpty(name)),
            Contexts = [.. all.SelectMany(one => one.Contexts).DistinctBy(entry => entry.Name)],
            Clusters = [.. all.SelectMany(one => one.Clusters).DistinctBy(entry => entry.Name)],
            Users = [.. all.SelectMany(one => one.Users).DistinctBy(entry => entry.Name)],
        };
    }

    private static ContextDetails? Context(YamlMappingNode? node) => node is null ? null : new()
    {
        Cluster = Text(node, "cluster"),
        User = Text(node, "user"),
        Namespace = Text(node, "namespace"),
    };

    private static ClusterEndpoint? Cluster(YamlMappingNode? node, string folder) => node is null ? null : new()
    {
        Server = Text(node, "server"),
        CertificateAuthority = Place(node, "certificate-authority", folder),
        CertificateAuthorityData = Text(node, "certificate-authority-data"),
        TlsServerName = Text(node, "tls-server-name"),
        SkipTlsVerify = Flag(node, "insecure-skip-tls-verify"),
    };

    private static UserCredentials? Credentials(YamlMappingNode? node, string folder) => node is null ? null : new()
    {
        ClientCertificate = Place(node, "client-certificate", folder),
        ClientCertificateData = Text(node, "client-certificate-data"),
        ClientKey = Place(node, "client-key", folder),
        ClientKeyData = Text(node, "client-key-data"),
        Token = Text(node, "token"),
        UserName = Text(node, "username"),
        Password = Text(node, "password"),
        Impersonate = Text(node, "as"),
        ImpersonateGroups = Texts(node, "as-groups") ?? [],
        ImpersonateUserExtra = Part(node, "as-user-extra") is { } extra ? Pairs(extra) : [],
        AuthProvider = Part(node, "auth-provider") is { } provider ? new AuthProvider { Name = Text(provider, "name"), Config = Part(provider, "config") is { } config ? Pairs(config) : [] } : null,
        ExternalExecution = Part(node, "exec") is { } program ? Program(program, folder) : null,
    };

    private static ExternalExecution Program(YamlMappingNode node, string folder) => new()
    {
        ApiVersion = Text(node, "apiVersion"),
        // A name without a separator is looked for in PATH; all else is relative to the file.
        Command = Text(node, "command") is { } command && command.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal) ? Path.GetFullPath(command, folder) : Text(node, "command"),
        Arguments = Texts(node, "args"),
        EnvironmentVariables = Item(node, "env") is null ? null : [.. Items(node, "env").Select(Pairs)],
        InstallHint = Text(node, "installHint"),
        ProvideClusterInfo = Flag(node, "provideClusterInfo"),
    };

    // Keys may be quoted, as they are in JSON, which makes them other keys to the package.
    private static YamlNode? Item(YamlMappingNode node, string name) =>
        node.Children.FirstOrDefault(entry => entry.Key is YamlScalarNode key && key.Value == name).Value is { } found && !IsNull(found) ? found : null;

    private static YamlMappingNode? Part(YamlMappingNode node, string name) =>
        Item(node, name) is { } found ? found as YamlMappingNode ?? throw Unexpected(found, name, "an object") : null;

    private static IEnumerable<YamlMappingNode> Items(YamlMappingNode node, string name) =>
        List(node, name)?.Select(entry => entry as YamlMappingNode ?? throw Unexpected(entry, name, "a list of objects")) ?? [];

    private static List<string>? Texts(YamlMappingNode node, string name) =>
        List(node, name)?.Select(entry => (entry as YamlScalarNode)?.Value ?? throw Unexpected(entry, name, "a list of texts")).ToList();

    private static IList<YamlNode>? List(YamlMappingNode node, string name) =>
        Item(node, name) is { } found ? (found as YamlSequenceNode ?? throw Unexpected(found, name, "a list")).Children : null;

    private static string? Text(YamlMappingNode node, string name) =>
        Item(node, name) is { } found ? (found as YamlScalarNode ?? throw Unexpected(found, name, "a text")).Value : null;

    private static string? Place(YamlMappingNode node, string name, string folder) => Text(node, name) is { Length: > 0 } path ? Path.GetFullPath(path, folder) : null;

    private static bool Flag(YamlMappingNode node, string name) =>
        Text(node, name) is { } text && (bool.TryParse(text, out var flag) ? flag : throw Unexpected(Item(node, name)!, name, "true or false"));

    private static Dictionary<string, string> Pairs(YamlMappingNode node) =>
        node.Children.ToDictionary(entry => (entry.Key as YamlScalarNode)?.Value ?? "", entry => (entry.Value as YamlScalarNode)?.Value ?? "", StringComparer.Ordinal);

    private static bool IsNull(YamlNode node) => node is YamlScalarNode { Style: YamlDotNet.Core.ScalarStyle.Plain, Value: null or "" or "~" or "null" or "Null" or "NULL" };

    private static FormatException Unexpected(YamlNode node, string name, string what) => new(FormattableString.Invariant($"line {node.Start.Line}: {name} must be {what}"));
}

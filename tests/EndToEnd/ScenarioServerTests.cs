using Knative.Xds.Scenarios.Rig;

namespace Knative.Xds.EndToEnd;

/// <summary>What decides whether a scenario publishes the xDS server, and how.</summary>
public sealed class ScenarioServerTests : IDisposable
{
    private static readonly DateTime Before = new(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);
    private static readonly DateTime After = Before.AddHours(1);
    private readonly string _root = Directory.CreateTempSubdirectory("kxds-sources-").FullName;

    public ScenarioServerTests()
    {
        string[] files = ["src/XdsServer/Program.cs", "protos/ads.proto", "envoy/bootstrap.yaml", "deploy/crds/ingress.yaml", "Directory.Build.props", "global.json", "README.md", "deploy/gateway.yaml"];
        foreach (var file in files.Select(file => Path.Combine(_root, file)))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, "");
        }

        foreach (var entry in Directory.EnumerateFileSystemEntries(_root, "*", SearchOption.AllDirectories))
        {
            File.SetLastWriteTimeUtc(entry, Before);
        }
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [InlineData("src/XdsServer/Program.cs")]
    [InlineData("src/XdsServer")]
    [InlineData("src")]
    [InlineData("protos/ads.proto")]
    [InlineData("envoy/bootstrap.yaml")]
    [InlineData("deploy/crds/ingress.yaml")]
    [InlineData("Directory.Build.props")]
    [InlineData("global.json")]
    public void Sources_OneOfThemWrittenLater_HaveChangedThen(string entry)
    {
        File.SetLastWriteTimeUtc(Path.Combine(_root, entry), After);

        Assert.Equal(After, ServerSources.LastChange(_root));
    }

    [Theory]
    [InlineData("README.md")]
    [InlineData("deploy/gateway.yaml")]
    public void Sources_SomethingElseWrittenLater_HaveNotChanged(string entry)
    {
        File.SetLastWriteTimeUtc(Path.Combine(_root, entry), After);

        Assert.Equal(Before, ServerSources.LastChange(_root));
    }

    [Fact]
    public void BuildEnvironment_UnderDotnetRunAndCI_IsTheUsersOwn()
    {
        Dictionary<string, string> environment = new()
        {
            ["PATH"] = "/usr/bin",
            ["CI"] = "true",
            ["MSBuildSDKsPath"] = "/sdk/Sdks",
            ["MSBUILDFAILONDRIVEENUMERATINGWILDCARD"] = "1",
            ["_MSBUILDTLENABLED"] = "0",
            ["DOTNET_CLI_TELEMETRY_SESSIONID"] = "1",
            ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1",
            ["CIRCUS"] = "yes",
        };

        Assert.Equal(
            new Dictionary<string, string> { ["PATH"] = "/usr/bin", ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1", ["CIRCUS"] = "yes" },
            BuildEnvironment.From(environment));
    }
}

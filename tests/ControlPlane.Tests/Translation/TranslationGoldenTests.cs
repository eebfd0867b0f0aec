using System.Text.Json.Nodes;
using Google.Protobuf;
using Knative.Xds.ControlPlane.Translation;
using Knative.Xds.Core.Model;

namespace Knative.Xds.ControlPlane.Tests.Translation;

public sealed class TranslationGoldenTests
{
    public static TheoryData<string> Cases => [.. Directory.GetDirectories(Golden.CasesFolder).Select(folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Translate_Case_GivesWhatItsFileSays(string name)
    {
        var folder = Path.Combine(Golden.CasesFolder, name);
        var input = TranslationInput.Parse(File.ReadAllText(Path.Combine(folder, "input.yaml")));

        var translated = IngressTranslator.Translate(input.Ingress, input);

        Golden.Check(Path.Combine(folder, "expected.json"), Describe(translated));
    }

    [Fact]
    public void Cases_Folders_HoldNothingElse()
    {
        var files = Directory.GetFiles(Golden.CasesFolder, "*", SearchOption.AllDirectories).Select(path => Path.GetFileName(path)).Distinct().Order(StringComparer.Ordinal);

        Assert.Equal(["expected.json", "input.yaml"], files);
    }

    private static JsonObject Describe(Translated<IngressResources> translated) => new()
    {
        ["problems"] = Array(translated.Problems, problem => JsonValue.Create($"{problem.Object} {problem.Field} {problem.Reason}: {problem.Message}")),
        ["services"] = Array(translated.Value.Services, (ObjectKey key) => JsonValue.Create(key.ToString())),
        ["backendProblems"] = Array(translated.Value.BackendProblems, problem => JsonValue.Create($"{problem.Object} {problem.Field} {problem.Reason}: {problem.Message}")),
        ["backends"] = Array(translated.Value.Backends, backend => JsonValue.Create(backend.ClusterName)),
        ["secrets"] = Array(translated.Value.Secrets, (ObjectKey key) => JsonValue.Create(key.ToString())),
        ["certificateProblems"] = Array(translated.Value.CertificateProblems, problem => JsonValue.Create($"{problem.Field} {problem.Reason}: {problem.Message}")),
        ["certificates"] = Array(translated.Value.Certificates, secret => JsonValue.Create($"{secret.Name}: {secret.TlsCertificate.CertificateChain.InlineBytes.ToStringUtf8()}, {secret.TlsCertificate.PrivateKey.InlineBytes.ToStringUtf8()}")),
        ["scopes"] = Messages(translated.Value.Scopes),
        ["routes"] = Messages(translated.Value.Routes),
        ["clusters"] = Messages(translated.Value.Clusters),
    };

    private static JsonArray Messages(IEnumerable<IMessage> messages) => Array(messages, Golden.Json);

    private static JsonArray Array<T>(IEnumerable<T> items, Func<T, JsonNode> toJson) => [.. items.Select(toJson)];
}

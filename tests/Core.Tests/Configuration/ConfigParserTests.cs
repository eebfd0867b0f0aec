using Knative.Xds.Core.Configuration;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Manifests;

namespace Knative.Xds.Core.Tests.Configuration;

public class ConfigParserTests
{
    private static readonly ObjectKey Key = new("knative-serving", "config-x");

    [Theory]
    [InlineData("kata:\n  selector:\n    on: 010\n    n: 1.5\n", "true=8;false=1.5")]
    [InlineData("kata:\n  Selector: { 'on': \"y\" }\n", "on=y")]
    public void Parse_RuntimeClassesInYaml_ReadsWordsAsYaml11(string yaml, string expected)
    {
        var (config, problem) = Deployment(("queue-sidecar-image", "q"), ("runtime-class-name", yaml));

        Assert.Null(problem);
        Assert.Equal(expected.Split(';').Order(StringComparer.Ordinal), config!.RuntimeClasses["kata"].Select(label => $"{label.Key}={label.Value}").Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("runtime-class-name", "Kata: {}")]
    [InlineData("runtime-class-name", "kata: [a]")]
    [InlineData("runtime-class-name", "kata: {selector: [a]}")]
    [InlineData("runtime-class-name", "kata: {selector: {-a: b}}")]
    [InlineData("runtime-class-name", "kata: {selector: {a: 'b c'}}")]
    [InlineData("runtime-class-name", "kata: {selector: {a: {b: c}}}")]
    [InlineData("runtime-class-name", "{")]
    [InlineData("queueSidecarCPULimit", "many")]
    [InlineData("default-affinity-type", "None")]
    public void Parse_BadDeploymentValue_NamesObjectAndKey(string key, string value)
    {
        var (config, problem) = Deployment(("queue-sidecar-image", "q"), (key, value));

        Assert.Null(config);
        Assert.Equal((Key, $"data[{key}]", "InvalidConfig"), (problem!.Object, problem.Field, problem.Reason));
        Assert.Contains(key, problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("container-name-template", "{{.Name}}-user", null)]
    [InlineData("container-name-template", "{{.Labels.tier}}", null)]
    [InlineData("container-name-template", "{{.Name", "data[container-name-template]")]
    [InlineData("init-container-name-template", "{{.Spec}}", "data[init-container-name-template]")]
    [InlineData("revision-timeout-seconds", "601", "data[revision-timeout-seconds]")]
    public void Parse_Defaults_ChecksTemplatesAndBounds(string key, string value, string? field) =>
        Assert.Equal(field, DefaultsConfigParser.Parse(Key, new Dictionary<string, string> { [key] = value }).Problem?.Field);

    [Theory]
    [InlineData("tracing-protocol", "grpc", "data[tracing-endpoint]")]
    [InlineData("tracing-protocol", "stdout", null)]
    [InlineData("tracing-protocol", "zipkin", "data[tracing-protocol]")]
    [InlineData("tracing-sampling-rate", "1.1", "data[tracing-sampling-rate]")]
    [InlineData("tracing-endpoint", "http://t:4317", "data[tracing-endpoint]")]
    [InlineData("request-metrics-protocol", "prometheus", null)]
    [InlineData("request-metrics-protocol", "http/protobuf", "data[request-metrics-endpoint]")]
    [InlineData("request-metrics-export-interval", "-1s", "data[request-metrics-export-interval]")]
    [InlineData("metrics-endpoint", ":9090", "data[metrics-endpoint]")]
    [InlineData("runtime-profiling", "on", "data[runtime-profiling]")]
    [InlineData("runtime-export-interval", "0", null)]
    [InlineData("logging.enable-request-log", "yes", "data[logging.enable-request-log]")]
    [InlineData("logging.enable-request-log", "true", null)]
    [InlineData("logging.request-log-template", "{{if}}", "data[logging.request-log-template]")]
    public void Parse_Observability_FollowsUpstreamsRules(string key, string value, string? field) =>
        Assert.Equal(field, ObservabilityConfigParser.Parse(Key, new Dictionary<string, string> { [key] = value }).Problem?.Field);

    [Fact]
    public void Parse_RequestLogWithoutTemplate_IsRefused() =>
        Assert.Equal("data[logging.request-log-template]", ObservabilityConfigParser.Parse(Key, new Dictionary<string, string> { ["logging.enable-request-log"] = "true", ["logging.request-log-template"] = " " }).Problem?.Field);

    [Fact]
    public void Read_WrittenObservability_IsTheSame()
    {
        var config = new ObservabilityConfig
        {
            Tracing = new TracingConfig { Protocol = "grpc", Endpoint = "http://t:4317", SamplingRate = 0.0000001 },
            RequestMetrics = new ExportConfig { Protocol = "prometheus", Endpoint = ":9191", ExportInterval = TimeSpan.FromSeconds(90) },
            RuntimeProfiling = true,
            EnableVarLogCollection = true,
            LoggingUrlTemplate = "http://logs/<x>",
            EnableRequestLog = true,
            RequestLogTemplate = "{{.Request.Method}}",
            EnableProbeRequestLog = true,
        };

        var json = ObservabilityJson.Write(config);

        Assert.Equal(config, ObservabilityJson.Read(json));
        Assert.Contains("\"samplingRate\":1e-7", json, StringComparison.Ordinal);
        Assert.Contains("\"exportInterval\":90000000000", json, StringComparison.Ordinal);
        Assert.Contains("\\u003cx\\u003e", json, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("""{"tracing":null,"requestMetrics":{}}""")]
    public void Read_ObservabilityThatSaysNothing_IsTheDefaults(string json) => Assert.Equal(new ObservabilityConfig(), ObservabilityJson.Read(json));

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("""{"tracing":3}""")]
    [InlineData("""{"requestMetrics":{"exportInterval":"15s"}}""")]
    public void Read_MalformedObservability_IsAFormatError(string json) => Assert.Throws<FormatException>(() => ObservabilityJson.Read(json));

    [Fact]
    public void Parse_LogLevels_AreCheckedForEveryComponent()
    {
        var (config, _) = LoggingConfig.Parse(Key, new Dictionary<string, string> { ["loglevel.queueproxy"] = "WARN", ["zap-logger-config"] = " {} ", ["loglevel.activator"] = "" });
        var (_, problem) = LoggingConfig.Parse(Key, new Dictionary<string, string> { ["loglevel.autoscaler"] = "loud" });

        Assert.Equal(new LoggingConfig(" {} ", "warn"), config);
        Assert.Equal("data[loglevel.autoscaler]", problem!.Field);
    }

    private static (DeploymentConfig? Config, Problem? Problem) Deployment(params (string Key, string Value)[] data) =>
        DeploymentConfigParser.Parse(Key, data.ToDictionary(entry => entry.Key, entry => entry.Value), ConfigYaml.Parse);
}

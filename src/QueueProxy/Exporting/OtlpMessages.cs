using Knative.Xds.QueueProxy.Reporting;

namespace Knative.Xds.QueueProxy.Exporting;

/// <summary>The parts that messages of metrics and of traces share.</summary>
/// <remarks>Source: open-telemetry/opentelemetry-proto common/v1 and resource/v1.</remarks>
internal static class OtlpMessages
{
    private const string Scope = "knative.dev/serving/pkg/queue";

    /// <summary>One resource, one scope, and what is reported of them: the one shape of both export requests.</summary>
    public static byte[] Request(QueueOptions options, Action<ProtoWriter> items) => new ProtoWriter().Message(1, group => group
        .Message(1, resource =>
        {
            foreach (var (name, value) in ResourceAttributes.Of(options))
                Attribute(resource, 1, name, value);
        })
        .Message(2, scoped =>
        {
            scoped.Message(1, scope => scope.Text(1, Scope));
            items(scoped);
        })).Written.ToArray();

    public static void Attribute(ProtoWriter writer, int field, string name, string value) =>
        writer.Message(field, pair => pair.Text(1, name).Message(2, any => any.Text(1, value)));

    public static void Attribute(ProtoWriter writer, int field, string name, long value) =>
        writer.Message(field, pair => pair.Text(1, name).Message(2, any => any.Number(3, (ulong)value)));
}

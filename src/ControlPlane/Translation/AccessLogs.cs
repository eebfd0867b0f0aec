using Envoy.Config.Accesslog.V3;
using Envoy.Config.Core.V3;
using Envoy.Extensions.AccessLoggers.File.V3;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Knative.Xds.ControlPlane.Translation;

/// <summary>Access logs in Envoy's form.</summary>
internal static class AccessLogs
{
    /// <summary>The logger; none without settings.</summary>
    public static IEnumerable<AccessLog> Of(AccessLogSettings? settings) => settings is null
        ? []
        : [new AccessLog { Name = "envoy.access_loggers.file", TypedConfig = Any.Pack(new FileAccessLog { Path = settings.Path, LogFormat = Format(settings.Template) }) }];

    /// <summary>What Envoy would have against a template; null when it is fine.</summary>
    public static string? WhyNot(string template) => Json(template) is { } json
        ? json.Fields.Values.SelectMany(Texts).Select(FormatSyntax.WhyNot).FirstOrDefault(fault => fault is not null)
        : FormatSyntax.WhyNot(template);

    private static SubstitutionFormatString? Format(string template) => template.Length == 0 ? null
        : Json(template) is { } json ? new SubstitutionFormatString { JsonFormat = json }
        : new SubstitutionFormatString { TextFormatSource = new DataSource { InlineString = template } };

    private static Struct? Json(string template)
    {
        if (!template.AsSpan().TrimStart().StartsWith("{"))
        {
            return null;
        }

        try
        {
            return Struct.Parser.ParseJson(template);
        }
        catch (InvalidProtocolBufferException)
        {
            // A text that begins with a brace.
            return null;
        }
        catch (InvalidJsonException)
        {
            return null;
        }
    }

    private static IEnumerable<string> Texts(Value value) => value.KindCase switch
    {
        Value.KindOneofCase.StringValue => [value.StringValue],
        Value.KindOneofCase.StructValue => value.StructValue.Fields.Values.SelectMany(Texts),
        Value.KindOneofCase.ListValue => value.ListValue.Values.SelectMany(Texts),
        _ => [],
    };
}

using System.Globalization;
using System.Net;

namespace Knative.Xds.QueueProxy;

/// <summary>Reads <see cref="QueueOptions"/> from the environment variables that Knative's controller sets.</summary>
/// <remarks>
/// Errors: every missing or malformed variable is a line in <see cref="Problems"/>; the options are then not to be used.
/// Source: knative/serving pkg/queue/sharedmain/main.go. KXDS_* variables are ours and all optional.
/// </remarks>
internal sealed class QueueEnvironment(Func<string, string?> variable)
{
    private readonly List<string> _problems = [];

    public IReadOnlyList<string> Problems => _problems;

    public QueueOptions Read()
    {
        Present("SERVING_LOGGING_CONFIG");
        Integer("QUEUE_SERVING_TLS_PORT", 0, ushort.MaxValue);
        Present("SERVING_POD_IP");
        var podIp = Address("KXDS_POD_IP");
        return new QueueOptions
        {
            BindAddress = podIp,
            ServingPort = Integer("QUEUE_SERVING_PORT", 0, ushort.MaxValue),
            UserHost = Optional("KXDS_USER_HOST") is { Length: > 0 } host ? host : podIp?.ToString() ?? "127.0.0.1",
            UserPort = Integer("USER_PORT", 1, ushort.MaxValue),
            ContainerConcurrency = Integer("CONTAINER_CONCURRENCY", 0, int.MaxValue),
            Timeout = Seconds("REVISION_TIMEOUT_SECONDS", required: true),
            ResponseStartTimeout = Seconds("REVISION_RESPONSE_START_TIMEOUT_SECONDS", required: false),
            IdleTimeout = Seconds("REVISION_IDLE_TIMEOUT_SECONDS", required: false),
            Namespace = Present("SERVING_NAMESPACE"),
            Service = Optional("SERVING_SERVICE"),
            Configuration = Present("SERVING_CONFIGURATION"),
            Revision = Present("SERVING_REVISION"),
            Pod = Present("SERVING_POD"),
            ReadinessProbe = Optional("SERVING_READINESS_PROBE"),
            Http2AutoDetection = Flag("ENABLE_HTTP2_AUTO_DETECTION"),
            DrainQuietPeriod = Optional("KXDS_DRAIN_QUIET_SECONDS").Length > 0 ? Seconds("KXDS_DRAIN_QUIET_SECONDS", required: true) : TimeSpan.FromSeconds(30),
            LogLevel = Present("SERVING_LOGGING_LEVEL"),
        };
    }

    private string Optional(string name) => variable(name) ?? "";

    private string Present(string name)
    {
        if (variable(name) is { } value)
            return value;
        _problems.Add($"environment variable {name} is not set");
        return "";
    }

    private int Integer(string name, int least, int most)
    {
        var text = Present(name);
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most)
            return value;
        if (variable(name) is not null)
            _problems.Add($"environment variable {name} is \"{text}\", not a number from {least} to {most}");
        return least;
    }

    private TimeSpan Seconds(string name, bool required) =>
        required || Optional(name).Length > 0 ? TimeSpan.FromSeconds(Integer(name, 0, int.MaxValue / 1000)) : TimeSpan.Zero;

    private bool Flag(string name)
    {
        var text = Optional(name);
        // Go's strconv.ParseBool, which upstream's reader uses.
        if (text is "1" or "t" or "T" or "true" or "TRUE" or "True")
            return true;
        if (text is not ("" or "0" or "f" or "F" or "false" or "FALSE" or "False"))
            _problems.Add($"environment variable {name} is \"{text}\", neither true nor false");
        return false;
    }

    private IPAddress? Address(string name)
    {
        var text = Optional(name);
        if (text.Length == 0)
            return null;
        if (!IPAddress.TryParse(text, out var address))
            _problems.Add($"environment variable {name} is \"{text}\", not an IP address");
        return address;
    }
}

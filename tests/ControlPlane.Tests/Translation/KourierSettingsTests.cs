using Knative.Xds.ControlPlane.Translation;
using Knative.Xds.Core.Networking;
using Knative.Xds.Core.Scaling;

namespace Knative.Xds.ControlPlane.Tests.Translation;

public sealed class KourierSettingsTests
{
    private static readonly GatewaySettings Own = new() { ExternalListen = "127.0.0.1:1" };

    [Fact]
    public void Apply_EmptyConfig_LeavesOurOwnDefaults()
    {
        var settings = KourierSettings.Apply(Own, new KourierConfig(), accessLogPath: null);

        Assert.True(settings.UseRemoteAddress);
        Assert.Null(settings.AccessLog);
        Assert.Empty(settings.Addresses);
        Assert.Empty(settings.CipherSuites);
    }

    [Theory]
    [InlineData(true, null, "/dev/stdout")]
    [InlineData(true, "/log", "/log")]
    [InlineData(false, "/log", null)]
    [InlineData(null, "/log", "/log")]
    [InlineData(null, null, null)]
    public void Apply_AccessLogging_FollowsTheKeyAndThenTheOption(bool? key, string? option, string? path)
    {
        Assert.Equal(path, KourierSettings.Apply(Own, new KourierConfig { EnableServiceAccessLogging = key }, option).AccessLog?.Path);
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(0, 0)]
    [InlineData(1_500_000_000, 1_500)]
    public void Apply_StreamIdleTimeout_NegativeMeansNone(long nanoseconds, double milliseconds)
    {
        var settings = KourierSettings.Apply(Own, new KourierConfig { StreamIdleTimeout = new GoDuration(nanoseconds) }, null);

        Assert.Equal(milliseconds, settings.StreamIdleTimeout.TotalMilliseconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("plain")]
    [InlineData("[%START_TIME(%Y-%m-%dT%H:%M:%S.%3fZ)%] %REQ(X-ENVOY-ORIGINAL-PATH?:PATH):50% 100%%\n")]
    [InlineData("%START_TIME% %RESPONSE_CODE%\n")]
    [InlineData("{\"time\": \"%START_TIME%\", \"code\": \"%RESPONSE_CODE%\"}")]
    [InlineData("%broken", false)]
    [InlineData("{\"time\": \"%START_TIME\"}", false)]
    public void WhyNot_Template_IsJudgedByItsSyntax(string template, bool good = true)
    {
        Assert.Equal(good ? null : "service-access-log-template", KourierSettings.WhyNot(new KourierConfig { ServiceAccessLogTemplate = template })?.Key);
    }

    [Fact]
    public void WhyNot_UnknownCipher_NamesIt()
    {
        var why = KourierSettings.WhyNot(new KourierConfig { CipherSuites = ["AES128-SHA", "rot13"] });

        Assert.Equal(("cipher-suites", "\"rot13\" is no cipher that Envoy knows"), why);
    }
}

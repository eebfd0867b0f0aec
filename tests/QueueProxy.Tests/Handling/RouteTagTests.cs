using Knative.Xds.QueueProxy.Handling;
using Microsoft.AspNetCore.Http;

namespace Knative.Xds.QueueProxy.Tests.Handling;

public sealed class RouteTagTests
{
    [Theory]
    [InlineData(null, null, "kn:disabled", "DISABLED")]
    [InlineData(null, "true", "kn:default", "DEFAULT")]
    [InlineData(null, "false", "kn:default", "DEFAULT")]
    [InlineData("blue", "true", "kn:undefined", "UNDEFINED")]
    [InlineData("blue", "false", "blue", "blue")]
    [InlineData("blue", null, "blue", "blue")]
    public void Of_TagAndDefaultRoute_IsUpstreamsInBothGenerations(string? tag, string? isDefault, string expected, string older)
    {
        var headers = new HeaderDictionary();
        if (tag is not null)
            headers["Knative-Serving-Tag"] = tag;
        if (isDefault is not null)
            headers["Knative-Serving-Default-Route"] = isDefault;

        var actual = RouteTag.Of(headers);

        Assert.Equal((expected, older), (actual, RouteTag.Older(actual)));
    }
}

using System.Globalization;

namespace Knative.Xds.Integration.Xds;

/// <summary>What a server does until it serves.</summary>
public sealed class StartTests
{
    [Fact]
    public async Task Start_WithIngressesThere_TranslatesEachOnce()
    {
        await using var stack = await XdsStack.StartAsync();
        await stack.ServiceAsync("svc", 9000);
        for (var i = 0; i < 80; i++)
        {
            await stack.IngressAsync(string.Create(CultureInfo.InvariantCulture, $"i{i}"), string.Create(CultureInfo.InvariantCulture, $"i{i}.example.com"), ("svc", 100));
        }

        await stack.ConditionAsync("i79", "Ready", "Unknown", "Uninitialized");
        await stack.RestartAsync();

        // What the first lists said would have been taken before this one.
        await stack.IngressAsync("later", "later.example.com", ("svc", 100));
        await stack.ConditionAsync("later", "Ready", "Unknown", "Uninitialized");
        Assert.Equal(81, await stack.MetricAsync("kxds_ingress_translations_total"));
    }
}

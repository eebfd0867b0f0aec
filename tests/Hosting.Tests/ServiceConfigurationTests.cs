namespace Knative.Xds.Hosting.Tests;

public sealed class ServiceConfigurationTests
{
    public sealed class Options
    {
        public string Listen { get; set; } = "0.0.0.0:1";
        public TimeSpan TickInterval { get; set; }
        public bool SksReconciler { get; set; }
        public string? Kubeconfig { get; set; }
    }

    [Fact]
    public void Load_Arguments_SetTheirProperties()
    {
        var options = ServiceConfiguration.Load<Options>(["--listen", "127.0.0.1:8080", "--tick-interval=0.5", "--sks-reconciler"]);

        Assert.Equal("127.0.0.1:8080", options.Listen);
        Assert.Equal(TimeSpan.FromMilliseconds(500), options.TickInterval);
        Assert.True(options.SksReconciler);
        Assert.Null(options.Kubeconfig);
    }

    [Fact]
    public void Load_UnknownOption_IsNamed()
    {
        var exception = Assert.Throws<FormatException>(() => ServiceConfiguration.Load<Options>(["--lisen", "x"]));

        Assert.Equal("--lisen is not an option of this program", exception.Message);
    }

    [Fact]
    public void Load_ValueOfTheWrongForm_NamesTheOption()
    {
        var exception = Assert.Throws<FormatException>(() => ServiceConfiguration.Load<Options>(["--tick-interval", "soon"]));

        Assert.Equal("--tick-interval: \"soon\" is not a TimeSpan", exception.Message);
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("-00:00:01")]
    [InlineData("25.00:00:00")]
    public void Load_DurationThatNoTimerTakes_IsRefusedByName(string value)
    {
        var exception = Assert.Throws<FormatException>(() => ServiceConfiguration.Load<Options>([$"--tick-interval={value}"]));

        Assert.Equal($"--tick-interval: \"{value}\" is not a TimeSpan", exception.Message);
    }
}

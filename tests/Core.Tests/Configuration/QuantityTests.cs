using Knative.Xds.Core.Configuration;

namespace Knative.Xds.Core.Tests.Configuration;

public class QuantityTests
{
    [Theory]
    [InlineData("0", "0")]
    [InlineData("0.0", "0")]
    [InlineData("m", "0")]
    [InlineData("100m", "100m")]
    [InlineData("0.5", "500m")]
    [InlineData("1000m", "1")]
    [InlineData("1500m", "1500m")]
    [InlineData("1000", "1k")]
    [InlineData("1024", "1024")]
    [InlineData("1e3", "1e3")]
    [InlineData("1E4", "10e3")]
    [InlineData("1.5Gi", "1536Mi")]
    [InlineData("0.5Ki", "512")]
    [InlineData("0.5Gi", "512Mi")]
    [InlineData("8Ki", "8Ki")]
    [InlineData("1025Ki", "1025Ki")]
    [InlineData("2048Ki", "2Mi")]
    [InlineData("-1", "-1")]
    [InlineData("-1.5Gi", "-1536Mi")]
    [InlineData("1n", "1n")]
    [InlineData("0.1n", "1n")]
    [InlineData("-0.1n", "-1n")]
    [InlineData("16Ei", "9223372036854775807")]
    [InlineData("12345678901234567890123", "12345678901234567890123")]
    public void TryParse_GoodText_PrintsInKubernetesForm(string text, string expected)
    {
        Assert.True(Quantity.TryParse(text, out var quantity));
        Assert.Equal(expected, quantity.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("1GB")]
    [InlineData("1 Gi")]
    [InlineData("1gi")]
    [InlineData("--1")]
    [InlineData("1.2.3")]
    [InlineData("1e")]
    [InlineData("1e99999999")]
    [InlineData(" 1")]
    public void TryParse_MalformedText_IsRefused(string text) => Assert.False(Quantity.TryParse(text, out _));

    [Fact]
    public void Values_PartsOfAUnit_AreRoundedAwayFromZero()
    {
        Assert.Equal((1, 1), (Quantity.Parse("1m").Value, Quantity.Parse("1u").MilliValue));
        Assert.Equal((-1, 1_500), (Quantity.Parse("-1m").Value, Quantity.Parse("1.5").MilliValue));
        Assert.Equal(long.MaxValue, Quantity.Parse("1e30").Value);
    }

    [Fact]
    public void Compare_DifferentForms_ComparesAmounts()
    {
        Assert.Equal(0, Quantity.Parse("1Ki").Compare(Quantity.Parse("1024")));
        Assert.True(Quantity.Parse("999m").Compare(Quantity.Parse("1")) < 0);
        Assert.True(Quantity.FromMilli(104_857_600_001).Compare(Quantity.Parse("100Mi")) > 0);
    }
}

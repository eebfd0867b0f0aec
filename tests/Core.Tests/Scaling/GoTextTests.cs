using CsCheck;
using Knative.Xds.Core.Scaling;

namespace Knative.Xds.Core.Tests.Scaling;

// Expected values: Go 1.26, strconv and time.
public class GoTextTests
{
    [Theory]
    [InlineData("1_0", 10)]
    [InlineData("0_1", 1)]
    [InlineData(".5", 0.5)]
    [InlineData("100.", 100)]
    [InlineData("+5", 5)]
    [InlineData("-0", 0)]
    [InlineData("1e1_0", 1e10)]
    [InlineData("1e-400", 0)]
    [InlineData("0x10p0", 16)]
    [InlineData("0X.8P+1", 1)]
    [InlineData("0x_1p-1", 0.5)]
    [InlineData("-0x1.8p1", -3)]
    [InlineData("0x1p-1074", 5e-324)]
    [InlineData("0x1p-1075", 0)]
    [InlineData("0x1.8p-1075", 5e-324)]
    [InlineData("0x20000000000001p0", 9007199254740992)]
    [InlineData("0x20000000000003p0", 9007199254740996)]
    [InlineData("0x1.fffffffffffffp1023", double.MaxValue)]
    [InlineData("Inf", double.PositiveInfinity)]
    [InlineData("-iNfInItY", double.NegativeInfinity)]
    [InlineData("nan", double.NaN)]
    public void TryFloat_GoodText_IsGosNumber(string text, double expected)
    {
        Assert.True(GoText.TryFloat(text, out var value));
        Assert.Equal(expected, value);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" 1")]
    [InlineData("1 ")]
    [InlineData("1,5")]
    [InlineData("1e")]
    [InlineData("e5")]
    [InlineData(".")]
    [InlineData("+")]
    [InlineData("--1")]
    [InlineData("1.2.3")]
    [InlineData("_1")]
    [InlineData("1_")]
    [InlineData("1__0")]
    [InlineData("1_.5")]
    [InlineData("1._5")]
    [InlineData("1_e5")]
    [InlineData("0x1")]
    [InlineData("0x.p0")]
    [InlineData("0xp1")]
    [InlineData("0x_.8p0")]
    [InlineData("0x1p_5")]
    [InlineData("0x1p")]
    [InlineData("+nan")]
    [InlineData("infinit")]
    [InlineData("1e400")]
    [InlineData("0x1p1024")]
    [InlineData("0x1.fffffffffffff8p1023")]
    [InlineData("\u0661")]
    [InlineData("1\0")]
    public void TryFloat_BadText_IsRefused(string text) => Assert.False(GoText.TryFloat(text, out _));

    [Theory]
    [InlineData("+3", 3)]
    [InlineData("007", 7)]
    [InlineData("-2147483648", int.MinValue)]
    [InlineData("2147483647", int.MaxValue)]
    public void TryInt32_GoodText_IsItsNumber(string text, int expected)
    {
        Assert.True(GoText.TryInt32(text, out var value));
        Assert.Equal(expected, value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("+")]
    [InlineData("1_0")]
    [InlineData("0x5")]
    [InlineData("1e1")]
    [InlineData("1.0")]
    [InlineData(" 1")]
    [InlineData("1\0")]
    [InlineData("\u0661")]
    [InlineData("2147483648")]
    [InlineData("-2147483649")]
    [InlineData("99999999999999999999999999999999999999999999999999")]
    public void TryInt32_BadText_IsRefused(string text) => Assert.False(GoText.TryInt32(text, out _));

    [Theory]
    [InlineData("9223372036854775807", long.MaxValue)]
    [InlineData("-9223372036854775808", long.MinValue)]
    public void TryInt64_Limits_AreRead(string text, long expected)
    {
        Assert.True(GoText.TryInt64(text, out var value));
        Assert.Equal(expected, value);
    }

    [Theory]
    [InlineData("9223372036854775808")]
    [InlineData("-9223372036854775809")]
    public void TryInt64_BeyondTheLimits_IsRefused(string text) => Assert.False(GoText.TryInt64(text, out _));

    [Theory]
    [InlineData("0", 0)]
    [InlineData("-0", 0)]
    [InlineData("+5s", 5_000_000_000)]
    [InlineData("-1.5h", -5_400_000_000_000)]
    [InlineData("1h15m30.918s", 4_530_918_000_000)]
    [InlineData("1.s", 1_000_000_000)]
    [InlineData(".5s", 500_000_000)]
    [InlineData("1s1s", 2_000_000_000)]
    [InlineData("1.5ns", 1)]
    [InlineData("0.9ns", 0)]
    [InlineData("1\u00b5s", 1_000)]
    [InlineData("1\u03bcs", 1_000)]
    [InlineData("0.3333333333333333333h", 1_200_000_000_000)]
    [InlineData("0.100000000000000000000h", 360_000_000_000)]
    [InlineData("0.830103483285477580700h", 2_988_372_539_827)]
    [InlineData("9223372036854775807ns", long.MaxValue)]
    [InlineData("9223372036854775.807us", long.MaxValue)]
    [InlineData("-9223372036854775808ns", long.MinValue)]
    public void TryGoDuration_GoodText_IsGosNanoseconds(string text, long nanoseconds)
    {
        Assert.True(GoText.TryGoDuration(text, out var value));
        Assert.Equal(nanoseconds, value.Nanoseconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("3")]
    [InlineData("-")]
    [InlineData("s")]
    [InlineData(".")]
    [InlineData("-.")]
    [InlineData(".s")]
    [InlineData("+.s")]
    [InlineData("1d")]
    [InlineData("1 s")]
    [InlineData(" 1s")]
    [InlineData("1s ")]
    [InlineData("--1s")]
    [InlineData("1S")]
    [InlineData("1_0s")]
    [InlineData("1e3s")]
    [InlineData("1.2.3s")]
    [InlineData("\u0661s")]
    [InlineData("9223372036854775808ns")]
    [InlineData("9223372036854775.808us")]
    [InlineData("-9223372036854775809ns")]
    [InlineData("3000000h")]
    public void TryGoDuration_BadText_IsRefused(string text) => Assert.False(GoText.TryGoDuration(text, out _));

    [Theory]
    [InlineData(0, "0s")]
    [InlineData(1, "1ns")]
    [InlineData(1_100, "1.1µs")]
    [InlineData(2_200_000, "2.2ms")]
    [InlineData(3_300_000_000, "3.3s")]
    [InlineData(245_000_000_000, "4m5s")]
    [InlineData(3_600_000_000_000, "1h0m0s")]
    [InlineData(-1_000_000_001, "-1.000000001s")]
    [InlineData(long.MinValue, "-2562047h47m16.854775808s")]
    public void ToString_Duration_IsGosText(long nanoseconds, string expected) => Assert.Equal(expected, new GoDuration(nanoseconds).ToString());

    [Fact]
    public void TryGoDuration_OwnText_IsReadBack() =>
        Gen.Long.Sample(nanoseconds =>
        {
            Assert.True(GoText.TryGoDuration(new GoDuration(nanoseconds).ToString(), out var value));
            Assert.Equal(nanoseconds, value.Nanoseconds);
        });

    [Fact]
    public void TryFloat_AnyDouble_IsReadBack() =>
        Gen.Double.Sample(number =>
        {
            Assert.True(GoText.TryFloat(number.ToString("R", System.Globalization.CultureInfo.InvariantCulture).Replace("∞", "Inf", StringComparison.Ordinal), out var value));
            Assert.Equal(number, value);
        });

    [Theory]
    [InlineData(1, 1)]
    [InlineData(100, 1)]
    [InlineData(101, 2)]
    [InlineData(-101, -1)]
    public void ToTimeSpan_Nanoseconds_AreRoundedUp(long nanoseconds, long ticks) => Assert.Equal(ticks, new GoDuration(nanoseconds).ToTimeSpan().Ticks);
}

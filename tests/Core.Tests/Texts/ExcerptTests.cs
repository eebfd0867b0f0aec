using Knative.Xds.Core.Texts;

namespace Knative.Xds.Core.Tests.Texts;

public sealed class ExcerptTests
{
    [Theory]
    [InlineData("ab", 2, "ab")]
    [InlineData("abc", 2, "ab")]
    [InlineData("abc", 0, "")]
    [InlineData("a\U0001F680b", 2, "a")]
    [InlineData("a\U0001F680b", 3, "a\U0001F680")]
    [InlineData("\U0001F680", 1, "")]
    public void Start_IsCutBetweenCharacters(string text, int length, string expected) => Assert.Equal(expected, Excerpt.Start(text, length));

    [Theory]
    [InlineData("ab", 2, "ab")]
    [InlineData("abc", 2, "bc")]
    [InlineData("abc", 0, "")]
    [InlineData("a\U0001F680b", 2, "b")]
    [InlineData("a\U0001F680b", 3, "\U0001F680b")]
    [InlineData("\U0001F680", 1, "")]
    public void End_IsCutBetweenCharacters(string text, int length, string expected) => Assert.Equal(expected, Excerpt.End(text, length));

    [Theory]
    [InlineData(new[] { 'a' }, "a")]
    [InlineData(new[] { '\uD83D', '\uDE80' }, "\U0001F680")]
    [InlineData(new[] { '\uD83D', '\uD83D', '\uDE80', '\uDE80' }, "\uFFFD\U0001F680\uFFFD")]
    [InlineData(new[] { '\uDE80', '\uD83D' }, "\uFFFD\uFFFD")]
    [InlineData(new[] { 'a', '\uDE80', 'b', '\uD83D' }, "a\uFFFDb\uFFFD")]
    public void Mend_ReplacesHalvesOfCharacters(char[] text, string expected) => Assert.Equal(expected, Excerpt.Mend(new string(text)));
}

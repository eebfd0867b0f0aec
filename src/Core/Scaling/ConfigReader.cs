using System.Collections.Immutable;
using Knative.Xds.Core.Configuration;

namespace Knative.Xds.Core.Scaling;

/// <summary>Reads typed values out of a ConfigMap's data; absent keys keep their default, the first bad one is the problem.</summary>
internal sealed class ConfigReader(IReadOnlyDictionary<string, string> data)
{
    private delegate bool TryRead<T>(string text, out T value);

    /// <summary>What is wrong: key and message; null while nothing is.</summary>
    public (string Key, string Message)? Problem { get; private set; }

    public string Text(string key, string fallback) => data.TryGetValue(key, out var text) ? text.Trim() : fallback;

    public bool Bool(string key, bool fallback) => Read(key, fallback, "a boolean", GoText.TryBool);

    public int Int32(string key, int fallback) => Read(key, fallback, "a whole number of 32 bits", GoText.TryInt32);

    public long Int64(string key, long fallback) => Read(key, fallback, "a whole number of 64 bits", GoText.TryInt64);

    public uint UInt32(string key, uint fallback) => Read(key, fallback, "a whole number of 32 bits without a sign", GoText.TryUInt32);

    public Quantity? Quantity(string key, Quantity? fallback) =>
        data.ContainsKey(key) ? Read(key, default(Quantity), "a quantity such as 100m or 1.5Gi", Configuration.Quantity.TryParse) : fallback;

    public ImmutableSortedSet<string> Set(string key, ImmutableSortedSet<string> fallback) => data.TryGetValue(key, out var text) ? ConfigTexts.Split(text) : fallback;

    public double Float(string key, double fallback) => Read(key, fallback, "a number", GoText.TryFloat);

    public TimeSpan Duration(string key, TimeSpan fallback) => Read(key, fallback, "a duration such as 1m30s", GoText.TryDuration);

    public GoDuration GoDuration(string key, GoDuration fallback) => Read(key, fallback, "a duration such as 1m30s", GoText.TryGoDuration);

    /// <summary>States a rule between values; the first broken one is kept.</summary>
    public void Require(bool holds, string key, FormattableString message)
    {
        if (!holds && Problem is null)
        {
            Problem = (key, FormattableString.Invariant(message));
        }
    }

    private T Read<T>(string key, T fallback, string kind, TryRead<T> reader)
    {
        if (!data.TryGetValue(key, out var text))
        {
            return fallback;
        }

        var good = reader(text, out var value);
        Require(good, key, $"{key} = \"{text}\" is not {kind}");
        return good ? value : fallback;
    }
}

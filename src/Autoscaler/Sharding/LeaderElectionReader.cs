using System.Globalization;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Scaling;

namespace Knative.Xds.Autoscaler.Sharding;

/// <summary>Reads values of config-leader-election; the first bad one is kept as the problem.</summary>
internal sealed class LeaderElectionReader(ObjectKey configMap, IReadOnlyDictionary<string, string> data)
{
    public Problem? Problem { get; private set; }

    public TimeSpan Duration(string key, TimeSpan otherwise)
    {
        if (!data.TryGetValue(key, out var text))
        {
            return otherwise;
        }

        var good = GoText.TryDuration(text, out var duration) && duration > TimeSpan.Zero;
        Require(good, key, $"\"{text}\" is not a positive duration");
        return good ? duration : otherwise;
    }

    public int Number(string key, int otherwise, int most)
    {
        if (!data.TryGetValue(key, out var text))
        {
            return otherwise;
        }

        var good = int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= most;
        Require(good, key, $"\"{text}\" is not a number of 1 to {most}");
        return good ? number : otherwise;
    }

    public void Require(bool holds, string key, string otherwise) =>
        Problem ??= holds ? null : new Problem(configMap, $"data[{key}]", "InvalidConfig", otherwise);
}

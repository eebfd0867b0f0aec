using System.Buffers;
using Knative.Xds.Core.Model;

namespace Knative.Xds.Core.Stats;

/// <summary>Protobuf form of stats, by hand: QueueProxy is Native AOT and must stay small, and upstream's decoder is stricter than Google's libraries.</summary>
/// <remarks>Source: knative/serving pkg/autoscaler/metrics/stat.proto and the decoder generated from it.</remarks>
public static class StatCodec
{
    /// <value>Content type of a scraped stat; compared exactly, without parameters.</value>
    public const string ContentType = "application/protobuf";
    /// <value>A scraper reads no more of an answer than this.</value>
    public const int MaxScrapeBytes = 336;

    /// <summary>Bytes of a bare Stat, as a queue-proxy answers a scrape.</summary>
    public static byte[] Encode(in Stat stat)
    {
        var bytes = new byte[StatWriter.SizeOf(stat)];
        var writer = new StatWriter(bytes);
        writer.Write(stat);
        return bytes;
    }

    /// <summary>Appends the bytes of a bare Stat.</summary>
    public static void Encode(in Stat stat, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        var size = StatWriter.SizeOf(stat);
        var writer = new StatWriter(output.GetSpan(size));
        writer.Write(stat);
        output.Advance(size);
    }

    /// <summary>Bytes of a WireStatMessages: one binary websocket frame.</summary>
    public static byte[] EncodeBatch(ReadOnlySpan<StatMessage> messages)
    {
        var size = 0;
        foreach (ref readonly var message in messages)
        {
            size += StatWriter.SizeOfField(StatWriter.SizeOf(message));
        }

        var bytes = new byte[size];
        var writer = new StatWriter(bytes);
        foreach (ref readonly var message in messages)
        {
            writer.Write(message);
        }

        return bytes;
    }

    /// <summary>Reads a bare Stat. Invalid UTF-8 in the pod name is replaced, not refused.</summary>
    public static StatDecodeError Decode(ReadOnlySpan<byte> bytes, out Stat stat) => Decode(bytes, "", out stat);

    /// <summary>The same, from the pod that <paramref name="podName"/> very likely is: its name is then not made anew.</summary>
    public static StatDecodeError Decode(ReadOnlySpan<byte> bytes, string podName, out Stat stat)
    {
        ArgumentNullException.ThrowIfNull(podName);
        stat = default;
        return new StatReader(bytes) { PodName = podName }.Merge(ref stat);
    }

    /// <summary>Appends the messages of a WireStatMessages to <paramref name="messages"/>; those without a stat are skipped.</summary>
    /// <remarks>Errors: on anything but <see cref="StatDecodeError.None"/> nothing was appended.</remarks>
    public static StatDecodeError DecodeBatch(ReadOnlySpan<byte> bytes, List<StatMessage> messages) => DecodeBatch(bytes, messages, int.MaxValue, int.MaxValue, out _);

    /// <summary>The same from a peer that nothing is known of: of more than <paramref name="most"/> messages none is taken, and one with a name of more than <paramref name="longestName"/> bytes is skipped.</summary>
    public static StatDecodeError DecodeBatch(ReadOnlySpan<byte> bytes, List<StatMessage> messages, int most, int longestName, out int skipped)
    {
        ArgumentNullException.ThrowIfNull(messages);
        skipped = 0;
        var (before, read) = (messages.Count, 0);
        var reader = new StatReader(bytes);
        while (!reader.AtEnd)
        {
            reader.ReadTag(out var field, out var wireType);
            if (field == 1)
            {
                var message = reader.ReadLengthDelimited(wireType);
                if (++read > most)
                {
                    reader.Fail(StatDecodeError.TooMany);
                }

                if (reader.Error == StatDecodeError.None)
                {
                    reader.Fail(DecodeMessage(message, messages, longestName, ref skipped));
                }
            }
            else
            {
                reader.SkipField();
            }
        }

        if (reader.Error != StatDecodeError.None)
        {
            messages.RemoveRange(before, messages.Count - before);
        }

        return reader.Error;
    }

    private static StatDecodeError DecodeMessage(ReadOnlySpan<byte> bytes, List<StatMessage> messages, int longestName, ref int skipped)
    {
        var (space, name, stat, hasStat, hasLongName) = ("", "", default(Stat), false, false);
        var reader = new StatReader(bytes) { LongestName = longestName };
        while (!reader.AtEnd)
        {
            reader.ReadTag(out var field, out var wireType);
            switch (field)
            {
                case 1:
                    space = reader.ReadString(wireType);
                    break;
                case 2:
                    name = reader.ReadString(wireType);
                    break;
                case 3:
                    // Protobuf: a repeated occurrence of a submessage is merged into the earlier one.
                    var body = reader.ReadLengthDelimited(wireType);
                    hasStat = true;
                    if (reader.Error == StatDecodeError.None)
                    {
                        var inner = new StatReader(body) { LongestName = longestName };
                        reader.Fail(inner.Merge(ref stat));
                        hasLongName |= inner.HasLongName;
                    }

                    break;
                default:
                    reader.SkipField();
                    break;
            }
        }

        if (reader.Error != StatDecodeError.None || !hasStat)
        {
            return reader.Error;
        }

        if (hasLongName || reader.HasLongName)
        {
            skipped++;
        }
        else
        {
            messages.Add(new StatMessage(new ObjectKey(space, name), stat));
        }

        return StatDecodeError.None;
    }
}

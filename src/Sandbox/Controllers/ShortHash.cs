using System.Security.Cryptography;
using System.Text;

namespace Knative.Xds.Sandbox.Controllers;

/// <summary>Short, stable suffixes of names, in the alphabet that Kubernetes uses (no vowels, so no words).</summary>
internal static class ShortHash
{
    private const string Alphabet = "bcdfghjklmnpqrstvwxz2456789";

    /// <summary>Suffix for a text; the same on each run.</summary>
    public static string Of(string text, int length = 5) =>
        new([.. SHA256.HashData(Encoding.UTF8.GetBytes(text)).Take(length).Select(value => Alphabet[value % Alphabet.Length])]);

    /// <summary>A suffix that is most likely unused.</summary>
    public static string New(int length = 5) => new(Random.Shared.GetItems<char>(Alphabet, length));

    /// <summary>A name with a suffix, cut to what a label may hold.</summary>
    public static string Name(string prefix, string suffix) => $"{(prefix.Length > 62 - suffix.Length ? prefix[..(62 - suffix.Length)] : prefix)}-{suffix}";
}

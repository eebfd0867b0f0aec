using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Knative.Xds.Core.Hashing;

/// <summary>Names of objects that are named after a parent, kept within the 63 bytes of a DNS label.</summary>
/// <remarks>Source: knative/pkg kmeta/names.go.</remarks>
public static class ChildName
{
    private const int Longest = 63;
    private const int Head = Longest - 32;

    /// <summary>Suffix of an SKS's private Service.</summary>
    public const string PrivateServiceSuffix = "-private";
    /// <summary>Suffix of a revision's Deployment.</summary>
    public const string DeploymentSuffix = "-deployment";

    /// <summary>Parent and suffix joined; a parent that is too long is cut and followed by a hash of its whole name.</summary>
    public static string Of(string parent, string suffix)
    {
        ArgumentNullException.ThrowIfNull(parent);
        ArgumentNullException.ThrowIfNull(suffix);
        if (parent.Length + suffix.Length <= Longest)
        {
            return parent + suffix;
        }

        if (suffix.Length < Head)
        {
            return parent[..(Head - suffix.Length)] + Hash(parent) + suffix;
        }

        var name = parent[..Math.Min(Head, parent.Length)] + Hash(parent + suffix);
        name += suffix[..Math.Min(suffix.Length, Longest - name.Length)];
        return name.TrimEnd([.. name.Where(letter => !char.IsAsciiLetterOrDigit(letter))]);
    }

    [SuppressMessage("Security", "CA5351", Justification = "Not for security: the name must be the one that upstream's controllers compute.")]
    private static string Hash(string text) => Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(text)));
}

using Knative.Xds.ControlPlane.Resources;

namespace Knative.Xds.ControlPlane.Protocol;

/// <summary>Of the secrets that a state-of-the-world client asks for, those that it is answered for.</summary>
/// <remarks>Which names a gateway asks for is with whoever connects to it, and such a gateway never gives one up, not even with its stream: to refuse a list for its length would be to
/// refuse the gateway for good. So what is too much is not answered. Own names of secrets always are; those who came first go on before those who come, and of these other spellings,
/// and hosts that a wildcard covers, as far as there is room. Of names that mean nothing a few are kept, as the secrets that they may come to mean are sent unasked.</remarks>
internal static class AnsweredSecrets
{
    /// <summary>The names that are answered: all, up to some number.</summary>
    /// <param name="asked">The client's list.</param>
    /// <param name="answered">The names that have been answered so far.</param>
    /// <param name="secrets">The secrets that there are.</param>
    /// <param name="policy">Says how many.</param>
    public static IReadOnlyList<string> Of(IReadOnlyList<string> asked, Subscription answered, TypeSnapshot secrets, StreamPolicy policy)
    {
        if (asked.Count <= policy.MaxAliases)
        {
            return asked;
        }

        var names = new List<string>();
        var added = new List<string>();
        foreach (var name in asked)
        {
            (secrets.Has(name) || answered.Names.Contains(name) ? names : added).Add(name);
        }

        // The other half is for secrets' own names, and for what is no secret.
        var (room, length) = ((policy.MaxNames / 2) - names.Count, (policy.MaxTotalNameLength / 2) - names.Sum(name => (long)name.Length));
        var unknown = policy.MaxAliases - names.Count;
        foreach (var name in added)
        {
            if (room <= 0 || name.Length > length || name.Length > policy.MaxNameLength || (!secrets.MeansOne(name) && --unknown < 0))
            {
                continue;
            }

            names.Add(name);
            (room, length) = (room - 1, length - name.Length);
        }

        return names;
    }
}

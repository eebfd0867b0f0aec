using System.Collections.Immutable;

namespace Knative.Xds.ControlPlane.Protocol;

/// <summary>The responses of one type that the client has not answered: the newest, which the next one waits for, and those that were waited for in vain.</summary>
/// <param name="isCumulative">Whether the answer to a response also answers those before it.</param>
/// <param name="isWholeSet">Whether a response holds what those before it offered too.</param>
internal sealed class Unanswered(bool isCumulative, bool isWholeSet)
{
    private const int MaxLate = 16;

    private readonly List<InFlight> _late = [];
    private InFlight? _newest;
    private int _waited;
    private int _silence;
    private bool _isOwed;

    /// <summary>Nonce of the newest response, answered or not; empty before the first.</summary>
    public string LastNonce { get; private set; } = "";
    /// <summary>The next response has to wait.</summary>
    public bool IsWaiting => _newest is not null;
    /// <summary>Ticks since the client, which owes an answer, gave the last one, or had to give none.</summary>
    public int Silence => _isOwed ? _silence : 0;
    /// <summary>The client owes an answer, be it that the next response waits for it or not.</summary>
    public bool IsOwed => _isOwed;
    /// <summary>Names that unanswered responses are about.</summary>
    public IEnumerable<string> Names => (_newest is null ? _late : _late.Append(_newest)).SelectMany(response => response.Offers).Select(offer => offer.Name);

    /// <summary>Notes a response as sent.</summary>
    public void Send(InFlight response)
    {
        _newest = isWholeSet ? response with { Offers = [.. FormerOffersBut(response.Offers), .. response.Offers] } : response;
        LastNonce = response.Nonce;
        _waited = 0;
        // What is sent meanwhile does not begin the time again.
        _silence = _isOwed ? _silence : 0;
        _isOwed = true;
    }

    /// <summary>Counts a tick of waiting for an answer; after <paramref name="limit"/> of them the next response need not wait any longer.</summary>
    /// <returns>Whether that has come now.</returns>
    public bool Wait(int limit)
    {
        _silence++;
        if (_newest is null || ++_waited < limit)
        {
            return false;
        }

        // The answer still counts when it comes. The oldest of many is dropped: its resources stay as told.
        _late.Add(_newest);
        _late.RemoveRange(0, Math.Max(0, _late.Count - MaxLate));
        _newest = null;
        return true;
    }

    /// <summary>Takes what an answer is about; null when the nonce is none of ours, or answered already.</summary>
    public ImmutableArray<Offer>? TakeAnswered(string nonce)
    {
        // Answers come in the order of the responses: to those before this one none will come.
        var last = (_newest ?? _late.LastOrDefault())?.Nonce;
        var answered = Find(nonce);
        if (answered is not null)
        {
            (_silence, _isOwed) = (0, last != nonce);
        }

        return answered;
    }

    private ImmutableArray<Offer>? Find(string nonce)
    {
        if (_newest?.Nonce == nonce)
        {
            var offers = isCumulative && !isWholeSet ? TakeLate(0, _late.Count).AddRange(_newest.Offers) : _newest.Offers;
            _newest = null;
            if (isWholeSet)
            {
                _late.Clear();
            }

            return offers;
        }

        var index = _late.FindIndex(late => late.Nonce == nonce);
        return index < 0 ? null : isWholeSet ? TakeWhole(index) : isCumulative ? TakeLate(0, index + 1) : TakeLate(index, 1);
    }

    private IEnumerable<Offer> FormerOffersBut(ImmutableArray<Offer> newer)
    {
        var names = newer.Select(offer => offer.Name).ToHashSet(StringComparer.Ordinal);
        return (_late.Count > 0 ? _late[^1].Offers : []).Where(offer => !names.Contains(offer.Name));
    }

    private ImmutableArray<Offer> TakeWhole(int index)
    {
        var offers = _late[index].Offers;
        _late.RemoveRange(0, index + 1);
        return offers;
    }

    private ImmutableArray<Offer> TakeLate(int index, int count)
    {
        var offers = _late.GetRange(index, count).SelectMany(late => late.Offers).ToImmutableArray();
        _late.RemoveRange(index, count);
        return offers;
    }
}

using Envoy.Service.Discovery.V3;
using Knative.Xds.ControlPlane.Protocol;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.ControlPlane.Tests.Resources;
using static Knative.Xds.ControlPlane.Resources.ResourceType;
using TlsSecret = Envoy.Extensions.TransportSockets.Tls.V3.Secret;

namespace Knative.Xds.ControlPlane.Tests.Protocol;

/// <summary>Certificates on demand: a gateway asks for the server name that its client sent.</summary>
public sealed class SecretTests
{
    private readonly ResourceStore _store = new();

    [Theory]
    [InlineData("a.example.com", "exact")]
    [InlineData("A.Example.COM", "exact")]
    [InlineData("a.example.com.", "exact")]
    [InlineData("b.example.com", "wild")]
    public void Name_InAnySpellingOrBelowAWildcard_IsAnsweredUnderTheNameAsked(string asked, string content)
    {
        _store.With(Sample.Secret("a.example.com", "exact"), Sample.Secret("*.example.com", "wild"));

        var response = new DeltaClient(_store).Subscribe(Secret, asked).Accept(Secret);

        Assert.Equal(asked, Assert.Single(response.Resources).Name);
        var secret = TlsSecret.Parser.ParseFrom(response.Resources[0].Resource_.Value);
        Assert.Equal((asked, content), (secret.Name, secret.TlsCertificate.CertificateChain.InlineString));
    }

    [Theory]
    [InlineData("A.Example.COM", "a.example.com")]
    [InlineData("b.example.com", "*.example.com")]
    public void NameOfAnother_Refused_TellsWhatItStandsFor(string asked, string own)
    {
        _store.With(Sample.Secret("a.example.com"), Sample.Secret("*.example.com"));
        var client = new DeltaClient(_store).Subscribe(Secret, asked);

        client.Nack(client.Receive(Secret));

        var refused = Assert.Single(client.Effects.OfType<StreamEffect.Nacked>().Single().Resources);
        Assert.Equal((asked, own, Sample.Secret(own).Version), (refused.Name, refused.StandsFor?.Name, refused.StandsFor?.Version));
    }

    [Theory]
    [InlineData("example.com")]
    [InlineData("c.b.example.com")]
    [InlineData("a.example.org")]
    [InlineData("*")]
    [InlineData("")]
    public void Name_OfNothing_IsAnsweredAsRemoved(string asked)
    {
        _store.With(Sample.Secret("*.example.com"));
        var client = new DeltaClient(_store).Subscribe(Secret, asked);

        // The star is a word of the protocol, and means nothing for secrets.
        Assert.Equal(asked == "*" ? [] : [asked], client.Inbox.SelectMany(entry => entry.Response.RemovedResources));
    }

    [Theory]
    [InlineData("a.example.com", "*.example.com")]
    [InlineData("A.example.com", "a.example.com")]
    public void NameOfNothing_SomethingThatStandsForItAppears_IsSent(string asked, string appears)
    {
        var client = new DeltaClient(_store).Subscribe(Secret, asked);
        client.Accept(Secret);

        _store.With(Sample.Secret(appears));
        Assert.Equal(asked, Assert.Single(client.Push().Accept(Secret).Resources).Name);

        var stateOfTheWorld = new SotwClient(new ResourceStore());
        Assert.Empty(stateOfTheWorld.Ask(Secret, asked));
        Assert.Single(Assert.Single(stateOfTheWorld.Push(Sample.Secret(appears))).Resources);
    }

    [Fact]
    public void StateOfTheWorld_AliasesBeyondTheLimit_ComeToRest()
    {
        _store.With(Sample.Secret("*.example.com"));
        var client = new SotwClient(_store, new StreamPolicy { MaxAliases = 2 });
        string[] names = ["1.example.com", "2.example.com", "3.example.com"];

        var first = Assert.Single(client.Ask(Secret, names));

        Assert.Equal(3, first.Resources.Count);
        Assert.Empty(client.Ack(first, names));
    }

    [Fact]
    public void StateOfTheWorld_MoreNamesThanAreAnswered_TheStreamGoesOnAndSecretsOwnNamesAreAnswered()
    {
        _store.With(Sample.Secret("z.example.com"), Sample.Secret("*.example.org"));
        var client = new SotwClient(_store, new StreamPolicy { MaxAliases = 2, MaxNames = 10 });
        List<string> names = [.. Enumerable.Range(0, 30).Select(i => $"{i:D2}.nothing.com"), .. Enumerable.Range(0, 30).Select(i => $"{i:D2}.example.org"), "z.example.com"];

        var answered = Assert.Single(client.Ask(Secret, [.. names])).Resources.Select(NameOf).Order(StringComparer.Ordinal);

        Assert.Equal(["00.example.org", "01.example.org", "02.example.org", "z.example.com"], answered);
        Assert.DoesNotContain(client.Effects, effect => effect is StreamEffect.End);
        Assert.Equal([new StreamEffect.Unanswered(Secret, 56)], client.Effects.OfType<StreamEffect.Unanswered>());
    }

    [Fact]
    public void StateOfTheWorld_NameThatIsNotAnswered_IsSentWhenItsSecretAppears()
    {
        var client = new SotwClient(_store, new StreamPolicy { MaxAliases = 2, MaxNames = 100 });
        string[] names = [.. Enumerable.Range(0, 30).Select(i => $"{i:D2}.nothing.com"), "late.com", "a.wild.com"];
        Assert.Empty(client.Ask(Secret, names));

        var sent = Assert.Single(client.Push(Sample.Secret("late.com"), Sample.Secret("other.com")));
        Assert.Equal(["late.com", "other.com"], sent.Resources.Select(NameOf));
        Assert.Empty(client.Ack(sent, names));

        // A wildcard is sent unasked too, and the answer to it says what it stands for.
        var wildcard = Assert.Single(client.Push(Sample.Secret("*.wild.com")));
        var alias = Assert.Single(client.Ack(wildcard, names));
        Assert.Equal(["a.wild.com"], alias.Resources.Select(NameOf));
        Assert.Empty(client.Ack(alias, names));

        var rotated = Assert.Single(client.Push(Sample.Secret("late.com", "new"), Sample.Secret("*.wild.com", "new")));
        Assert.Equal(["*.wild.com", "a.wild.com", "late.com"], rotated.Resources.Select(NameOf));
    }

    [Fact]
    public void StateOfTheWorld_ComesBackWithMoreNamesThanAreAnswered_IsServedAgain()
    {
        _store.With(Sample.Secret("z.example.com"));
        var client = new SotwClient(_store, new StreamPolicy { MaxAliases = 2, MaxNames = 4, MaxTotalNameLength = 200 });
        string[] names = [.. Enumerable.Range(0, 30).Select(i => $"{i:D2}.nothing.com"), "z.example.com"];
        client.Ask(Secret, names);

        client.Reconnect();
        var again = Assert.Single(client.Resume(Secret, "some", names));

        Assert.Equal(["z.example.com"], again.Resources.Select(NameOf));
        Assert.DoesNotContain(client.Effects, effect => effect is StreamEffect.End);
    }

    [Fact]
    public void Wildcard_Rotates_EveryNameBelowItIsSentAgain()
    {
        _store.With(Sample.Secret("*.example.com", "old"), Sample.Secret("other.org"));
        var client = new DeltaClient(_store);
        foreach (var name in new[] { "a.example.com", "b.example.com", "other.org" })
        {
            client.Subscribe(Secret, name).Accept(Secret);
        }

        _store.With(Sample.Secret("*.example.com", "new"));

        Assert.Equal(["a.example.com", "b.example.com"], client.Push().Accept(Secret).Resources.Select(resource => resource.Name));
    }

    [Fact]
    public void StateOfTheWorld_WildcardRotates_EveryNameBelowItIsSentAgain()
    {
        string[] names = ["a.example.com", "b.example.com", "other.org"];
        _store.With(Sample.Secret("*.example.com", "old"), Sample.Secret("other.org"));
        var client = new SotwClient(_store);
        client.Ack(Assert.Single(client.Ask(Secret, names)), names);

        var rotated = Assert.Single(client.Push(Sample.Secret("*.example.com", "new")));

        Assert.Equal(["a.example.com", "b.example.com"], rotated.Resources.Select(NameOf));
    }

    [Fact]
    public void Exact_ComesAndGoes_TakesPrecedenceOverTheWildcard()
    {
        _store.With(Sample.Secret("*.example.com", "wild"));
        var client = new DeltaClient(_store).Subscribe(Secret, "a.example.com");
        var wild = client.Accept(Secret).Resources.Single().Version;

        _store.With(Sample.Secret("a.example.com", "exact"));
        var exact = client.Push().Accept(Secret).Resources.Single().Version;
        _store.Remove(new(Secret, "a.example.com"));
        _store.Publish();

        Assert.NotEqual(wild, exact);
        Assert.Equal(wild, client.Push().Accept(Secret).Resources.Single().Version);
    }

    [Fact]
    public void Aliases_BeyondTheLimit_TheOldestIsTakenAway()
    {
        _store.With(Sample.Secret("*.example.com"), Sample.Secret("exact.org"));
        var client = new DeltaClient(_store, new StreamPolicy { MaxAliases = 2 });
        foreach (var name in new[] { "exact.org", "1.example.com", "2.example.com" })
        {
            client.Subscribe(Secret, name).Accept(Secret);
        }

        var third = client.Subscribe(Secret, "3.example.com").Receive(Secret);
        client.Ack(third);
        var removal = client.Accept(Secret);

        Assert.Equal(["3.example.com"], third.Resources.Select(resource => resource.Name));
        Assert.Equal(["1.example.com"], removal.RemovedResources);
        Assert.Equal(["1.example.com"], client.Unsubscribe(Secret, "1.example.com").Subscribe(Secret, "1.example.com").Accept(Secret).Resources.Select(resource => resource.Name));
    }

    [Fact]
    public void Reconnect_HoldingWhatIsCurrent_IsSentNothing()
    {
        _store.With(Sample.Secret("*.example.com"), Sample.Secret("exact.org"));
        string[] names = ["a.example.com", "exact.org"];
        var request = new DeltaDiscoveryRequest { TypeUrl = Secret.TypeUrl(), ResourceNamesSubscribe = { names } };
        foreach (var name in names)
        {
            request.InitialResourceVersions[name] = _store.Current[Secret].Find(name)!.Version;
        }

        Assert.Empty(new DeltaClient(_store).Send(request).Inbox);
    }

    private static string NameOf(Google.Protobuf.WellKnownTypes.Any secret) => TlsSecret.Parser.ParseFrom(secret.Value).Name;

    [Fact]
    public void Resource_AsText_ShowsNothingOfItsContent()
    {
        Assert.DoesNotContain("hunter2", Sample.Secret("a", "hunter2").ToString(), StringComparison.Ordinal);
    }
}

using Knative.Xds.ControlPlane.Protocol;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.ControlPlane.Tests.Resources;
using static Knative.Xds.ControlPlane.Resources.ResourceType;

namespace Knative.Xds.ControlPlane.Tests.Protocol;

/// <summary>How large responses get: gRPC clients refuse messages beyond their limit, and with them the stream.</summary>
public sealed class ResponseSizeTests
{
    private const int Limit = 4_000;
    private static readonly StreamPolicy Policy = new() { MaxResponseBytes = Limit, Identifier = $"xds-server/{new string('s', 60)}" };
    private readonly ResourceStore _store = new();
    // Of many sizes, so that responses end at other places.
    private readonly string[] _names = [.. Enumerable.Range(0, 200).Select(i => $"r{i:d3}-{new string('ä', i % 50)}")];

    [Fact]
    public void Default_IsHalfOfWhatGrpcClientsTakeByDefault() => Assert.Equal(4 * 1024 * 1024 / 2, StreamPolicy.Default.MaxResponseBytes);

    [Fact]
    public void Delta_ManyResources_EachResponseIsFullAndWithinTheLimit()
    {
        _store.With([.. _names.Select(name => Sample.Routes(name, new string('c', name.Length)))]);
        var client = new DeltaClient(_store, Policy).Subscribe(RouteConfiguration, _names);
        var sizes = new List<int>();
        var received = new List<string>();
        while (client.Inbox.Count > 0)
        {
            var response = client.Accept(RouteConfiguration);
            sizes.Add(response.CalculateSize());
            received.AddRange(response.Resources.Select(resource => resource.Name));
        }

        Assert.Equal(_names, received);
        AssertFull(sizes);
    }

    [Fact]
    public void Delta_ManyNamesThatAreGone_EachResponseIsFullAndWithinTheLimit()
    {
        var client = new DeltaClient(_store, Policy).Subscribe(RouteConfiguration, _names);
        var sizes = new List<int>();
        var gone = new List<string>();
        while (client.Inbox.Count > 0)
        {
            var response = client.Accept(RouteConfiguration);
            sizes.Add(response.CalculateSize());
            gone.AddRange(response.RemovedResources);
        }

        Assert.Equal(_names, gone);
        AssertFull(sizes);
    }

    [Fact]
    public void Sotw_ManyResources_EachResponseIsFullAndWithinTheLimit()
    {
        _store.With([.. _names.Select(name => Sample.Routes(name, new string('c', name.Length)))]);
        var client = new SotwClient(_store, Policy);
        var sizes = new List<int>();
        var received = 0;
        for (var responses = client.Ask(RouteConfiguration, _names); responses.Count > 0; responses = client.Ack(responses[0], _names))
        {
            sizes.Add(Assert.Single(responses).CalculateSize());
            received += responses[0].Resources.Count;
        }

        Assert.Equal(_names.Length, received);
        AssertFull(sizes);
    }

    [Fact]
    public void Sotw_ManyNamesOfNothingBeforeTheOneThatIsThere_ItIsSent()
    {
        _store.With(Sample.Routes("z"));

        var response = Assert.Single(new SotwClient(_store, Policy).Ask(RouteConfiguration, [.. _names, "z"]));

        Assert.Equal([_store.Current[RouteConfiguration].Find("z")!.Body], response.Resources);
    }

    [Fact]
    public void ResourceLargerThanTheLimit_GoesAlone()
    {
        _store.With(Sample.Routes("a"), Sample.Routes("b", new string('c', 2 * Limit)), Sample.Routes("c"));
        var client = new DeltaClient(_store, Policy).Subscribe(RouteConfiguration, "a", "b", "c");

        Assert.Equal("a", Assert.Single(client.Accept(RouteConfiguration).Resources).Name);
        Assert.Equal("b", Assert.Single(client.Accept(RouteConfiguration).Resources).Name);
        Assert.Equal("c", Assert.Single(client.Accept(RouteConfiguration).Resources).Name);
        Assert.Empty(client.Inbox);
    }

    /// <summary>None is too large, and none but the last has room for another resource, which has less than 600 bytes.</summary>
    private static void AssertFull(List<int> sizes)
    {
        Assert.All(sizes, size => Assert.InRange(size, 1, Limit));
        Assert.All(sizes.SkipLast(1), size => Assert.InRange(size, Limit - 600, Limit));
    }
}

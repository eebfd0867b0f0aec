using System.Net;
using Knative.Xds.ControlPlane.Translation;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Client;
using Knative.Xds.Testing;
using Knative.Xds.XdsServer.Watching;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Knative.Xds.XdsServer.Tests.Watching;

/// <summary>What a start waits for before gateways are served.</summary>
public sealed class ReferencedSecretsTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly ObjectKey Secret = new("default", "tls");
    private readonly FakeTimeProvider _time = new();
    private readonly SecretApi _api = new(TestCertificate.For("a.example.com"));
    private readonly KubeClient _client;
    private readonly ReferencedSecrets _secrets;

    public ReferencedSecretsTests()
    {
        _client = KubeClients.Through(_api, new Uri("http://api.invalid"));
        _secrets = new(_client, _time, NullLogger<ReferencedSecrets>.Instance);
    }

    public void Dispose()
    {
        _secrets.Dispose();
        _client.Dispose();
        _api.Dispose();
    }

    [Fact]
    public async Task SlowApi_IsWaitedForAndTheCertificateIsThere()
    {
        var gate = new TaskCompletionSource();
        _api.Gate = gate.Task;
        _secrets.Watch(Secret);
        await Eventually.TrueAsync(() => _api.Asked == 1, Limit);

        for (var i = 0; i < 30; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.False(_secrets.LoadedAsync().IsCompleted);
        gate.SetResult();
        await _secrets.LoadedAsync().WaitAsync(Limit, TestContext.Current.CancellationToken);
        Assert.NotNull(_secrets.Find(Secret).Pair);
        Assert.Null(_secrets.Find(Secret).Fault);
    }

    [Fact]
    public async Task ApiThatFails_IsTriedAgainBeforeAnythingIsSaid()
    {
        _api.Status = HttpStatusCode.ServiceUnavailable;
        _secrets.Watch(Secret);
        await Eventually.TrueAsync(
            () =>
            {
                _time.Advance(TimeSpan.FromSeconds(1));
                return _api.Asked >= 3;
            },
            Limit);

        Assert.False(_secrets.LoadedAsync().IsCompleted);
        _api.Status = HttpStatusCode.OK;
        await AdvanceUntilLoadedAsync();
        Assert.NotNull(_secrets.Find(Secret).Pair);
    }

    [Fact]
    public async Task SecretThatMayNotBeRead_HoldsNothingUpAndSaysWhy()
    {
        _api.Status = HttpStatusCode.Forbidden;
        _secrets.Watch(Secret);

        await AdvanceUntilLoadedAsync();

        Assert.StartsWith("cannot be read: ", _secrets.Find(Secret).Fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SilentApi_IsGivenUpInTheEnd()
    {
        _api.Gate = new TaskCompletionSource().Task;
        _secrets.Watch(Secret);

        await AdvanceUntilLoadedAsync();

        Assert.StartsWith("cannot be read: ", _secrets.Find(Secret).Fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ManySecrets_AreReadSixtyFourAtATime()
    {
        var gate = new TaskCompletionSource();
        _api.Gate = gate.Task;
        for (var i = 0; i < 200; i++)
        {
            _secrets.Watch(new ObjectKey("default", $"tls-{i}"));
        }

        await Eventually.TrueAsync(() => _api.Asked >= 64, Limit);
        Assert.Equal(64, _api.Asked);

        gate.SetResult();
        await _secrets.LoadedAsync().WaitAsync(Limit, TestContext.Current.CancellationToken);
        Assert.Equal(200, _api.Asked);
    }

    [Fact]
    public async Task ManyAtAStart_ThoseWithTheLabelComeByOneList_TheOthersByName()
    {
        _api.Labelled = [.. Names(0, 190), "nobody-names-it"];

        _secrets.Gather(() => Watch(Names(0, 200)));
        await AdvanceUntilLoadedAsync();

        Assert.All(Names(0, 200), name => Assert.NotNull(Find(name).Pair));
        Assert.Equal((1, 10), (_api.AskedByLabel, _api.Asked));
        Assert.Null(Find("nobody-names-it").Pair);
    }

    [Fact]
    public async Task FewAtAStart_AreReadByNameAlone()
    {
        _api.Labelled = Names(0, 64);

        _secrets.Gather(() => Watch(Names(0, 64)));
        await AdvanceUntilLoadedAsync();

        Assert.Equal((0, 64), (_api.AskedByLabel, _api.Asked));
    }

    [Fact]
    public async Task ManyAtAStart_ListByLabelIsNotAllowed_AllAreReadByName()
    {
        _api.Labelled = Names(0, 100);
        _api.LabelStatus = HttpStatusCode.Forbidden;

        _secrets.Gather(() => Watch(Names(0, 100)));
        await AdvanceUntilLoadedAsync();

        Assert.All(Names(0, 100), name => Assert.NotNull(Find(name).Pair));
        Assert.Equal(100, _api.Asked);
    }

    [Fact]
    public async Task ManyAtAStart_ApiIsSlow_IsWaitedFor()
    {
        var gate = new TaskCompletionSource();
        (_api.Gate, _api.Labelled) = (gate.Task, Names(0, 100));
        _secrets.Gather(() => Watch(Names(0, 100)));
        await Eventually.TrueAsync(() => _api.AskedByLabel == 1, Limit);
        for (var i = 0; i < 30; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.False(_secrets.LoadedAsync().IsCompleted);
        gate.SetResult();
        await AdvanceUntilLoadedAsync();

        Assert.Equal((1, 0), (_api.AskedByLabel, _api.Asked));
    }

    [Fact]
    public async Task WithTheLabel_IsReplaced_TheNewOneIsTaken()
    {
        await StartWithLabelAsync();
        var before = Find("tls-7").Pair!;

        await _api.TellAsync("MODIFIED", "tls-7", TestCertificate.For("b.example.com"), 2);
        await Eventually.TrueAsync(() => !Find("tls-7").Pair!.Chain.SequenceEqual(before.Chain), Limit);

        Assert.True(Find("tls-8").Pair!.Chain.SequenceEqual(before.Chain));
        Assert.Equal(0, _api.Asked);
    }

    [Fact]
    public async Task WithTheLabel_LosesIt_IsReadByNameFromThenOn()
    {
        await StartWithLabelAsync();

        // So a watch by label tells that an object lacks it now; a deletion looks the same.
        await _api.TellAsync("DELETED", "tls-7", TestCertificate.For("a.example.com"), 2);
        await Eventually.TrueAsync(() => _api.Asked == 1, Limit);

        Assert.Equal((null, true), (Find("tls-7").Fault, Find("tls-7").Pair is not null));
    }

    [Fact]
    public async Task WithTheLabel_IsDeleted_SaysSoAndKeepsTheLastGoodOne()
    {
        await StartWithLabelAsync();
        _api.Missing = ["tls-7"];

        await _api.TellAsync("DELETED", "tls-7", TestCertificate.For("a.example.com"), 2);
        await Eventually.TrueAsync(() => Find("tls-7").Fault == "does not exist", Limit);

        Assert.NotNull(Find("tls-7").Pair);
    }

    [Fact]
    public async Task WithTheLabel_NobodyNamesItAnyMore_IsForgottenAndReadByNameWhenSomebodyDoes()
    {
        await StartWithLabelAsync();

        _secrets.Unwatch(new ObjectKey("default", "tls-7"));
        Assert.Null(Find("tls-7").Pair);
        _secrets.Watch(new ObjectKey("default", "tls-7"));
        await AdvanceUntilLoadedAsync();

        Assert.NotNull(Find("tls-7").Pair);
        Assert.Equal((1, 1), (_api.AskedByLabel, _api.Asked));
    }

    private async Task StartWithLabelAsync()
    {
        _api.Labelled = Names(0, 100);
        _secrets.Gather(() => Watch(Names(0, 100)));
        await AdvanceUntilLoadedAsync();
        Assert.Equal(0, _api.Asked);
    }

    private void Watch(string[] names) => Array.ForEach(names, name => _secrets.Watch(new ObjectKey("default", name)));

    private CertificateReading Find(string name) => _secrets.Find(new ObjectKey("default", name));

    private static string[] Names(int first, int count) => [.. Enumerable.Range(first, count).Select(i => $"tls-{i}")];

    private Task AdvanceUntilLoadedAsync() => Eventually.TrueAsync(
        () =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return _secrets.LoadedAsync().IsCompletedSuccessfully;
        },
        Limit);
}

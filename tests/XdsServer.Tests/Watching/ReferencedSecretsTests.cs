using System.Net;
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

    private Task AdvanceUntilLoadedAsync() => Eventually.TrueAsync(
        () =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return _secrets.LoadedAsync().IsCompletedSuccessfully;
        },
        Limit);
}

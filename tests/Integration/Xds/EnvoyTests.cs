using Knative.Xds.Testing.Gateways;

namespace Knative.Xds.Integration.Xds;

/// <summary>What a client of the real Envoy sees.</summary>
public sealed class EnvoyTests(EnvoyStack stack) : IClassFixture<EnvoyStack>
{
    [Fact]
    public async Task Split_NinetyTen_IsWhatClientsGet()
    {
        stack.Need();
        await stack.Server.IngressAsync("split", "split.example.com", ("svc-a", 90), ("svc-b", 10));
        await stack.Server.ConditionAsync("split", "Ready", "True");

        var answers = new List<(int Code, string Body)>();
        for (var i = 0; i < 1_000; i++)
        {
            answers.Add(await stack.Gateway.GetAsync("split.example.com"));
        }

        Assert.All(answers, answer => Assert.Equal(200, answer.Code));
        Assert.InRange(answers.Count(answer => answer.Body == "b"), 60, 140);
        Assert.Equal("svc-b", stack.B.Revisions.Last());
    }

    [Fact]
    public async Task Split_Changed_ReadyMeansInEffect()
    {
        stack.Need();
        foreach (var service in new[] { "svc-a", "svc-b", "svc-a" })
        {
            await stack.Server.IngressAsync("moving", "moving.example.com", (service, 100));
            await stack.Server.ConditionAsync("moving", "Ready", "True");

            Assert.Equal((200, service[^1..]), await stack.Gateway.GetAsync("moving.example.com"));
        }
    }

    [Fact]
    public async Task BadIngresses_EachNamesItsFieldAndAllOtherHostsAnswer()
    {
        stack.Need();
        await stack.Server.IngressAsync("good", "good.example.com", ("svc-a", 100));
        await stack.Server.ConditionAsync("good", "Ready", "True");

        await stack.Server.IngressAsync("missing", "missing.example.com", ("no-such-service", 100));
        await stack.Server.IngressAsync("percents", "percents.example.com", ("svc-a", 50), ("svc-b", 40));
        await stack.Server.IngressAsync("twin", ["good.example.com", "twin.example.com"], ("svc-b", 100));

        var missing = await stack.Server.ConditionAsync("missing", "Ready", "False");
        Assert.Contains("spec.rules[0].http.paths[0].splits[0].serviceName", missing.Message, StringComparison.Ordinal);
        var percents = await stack.Server.ConditionAsync("percents", "Ready", "False");
        Assert.Contains("spec.rules[0].http.paths[0].splits", percents.Message, StringComparison.Ordinal);
        var twin = await stack.Server.ConditionAsync("twin", "LoadBalancerReady", "False", "DomainConflict");
        Assert.Contains("spec.rules[0].hosts[0]: host good.example.com", twin.Message, StringComparison.Ordinal);
        Assert.Equal((200, "a"), await stack.Gateway.GetAsync("good.example.com"));
        // What is wrong is said at once, before the gateway has what is right.
        await Testing.Eventually.TrueAsync(async () => await stack.Gateway.GetAsync("twin.example.com") == (200, "b"), XdsStack.Limit);
        await Testing.Eventually.TrueAsync(async () => await stack.Gateway.GetAsync("missing.example.com") == (503, "no healthy upstream"), XdsStack.Limit);
        Assert.Equal(404, (await stack.Gateway.GetAsync("percents.example.com")).Code);
        await stack.Server.ConditionAsync("good", "Ready", "True");
    }

    [Fact]
    public async Task GoodIngressTurnsBad_ItsHostGoesOnAnswering()
    {
        stack.Need();
        await stack.Server.IngressAsync("turning", "turning.example.com", ("svc-a", 100));
        await stack.Server.ConditionAsync("turning", "Ready", "True");

        await stack.Server.IngressAsync("turning", "turning.example.com", ("svc-b", 50));
        await stack.Server.ConditionAsync("turning", "Ready", "False");

        Assert.Equal((200, "a"), await stack.Gateway.GetAsync("turning.example.com"));
    }

    [Fact]
    public async Task NewRevision_UnderLoad_NoRequestFails()
    {
        stack.Need();
        await using var next = await Backend.StartAsync("next");
        await stack.Server.IngressAsync("rolling", "rolling.example.com", ("svc-a", 100));
        await stack.Server.ConditionAsync("rolling", "Ready", "True");
        await using var load = new Load(stack.Gateway, "rolling.example.com");

        await stack.Server.ServiceAsync("svc-next", next.Port);
        await stack.Server.IngressAsync("rolling", "rolling.example.com", ("svc-next", 100));
        await stack.Server.ConditionAsync("rolling", "Ready", "True");
        await stack.Gateway.AnswersAsync("rolling.example.com", "next");
        await stack.Server.IngressAsync("rolling", "rolling.example.com", ("svc-a", 100));
        await stack.Server.ConditionAsync("rolling", "Ready", "True");
        await stack.Gateway.AnswersAsync("rolling.example.com", "a");

        Assert.Empty(await load.StopAsync());
    }

    [Fact]
    public async Task HostMovesToAnotherIngress_UnderLoad_NoRequestFails()
    {
        stack.Need();
        await stack.Server.IngressAsync("home-b", ["moves.example.com", "stays.example.com"], ("svc-a", 100));
        await stack.Server.ConditionAsync("home-b", "Ready", "True");
        // Claims in vain until the older one lets go.
        await stack.Server.IngressAsync("home-c", "moves.example.com", ("svc-b", 100));
        await stack.Server.ConditionAsync("home-c", "LoadBalancerReady", "False", "DomainConflict");
        await using var load = new Load(stack.Gateway, "moves.example.com");

        await stack.Server.IngressAsync("home-b", ["stays.example.com"], ("svc-a", 100));
        await stack.Gateway.AnswersAsync("moves.example.com", "b");
        await stack.Server.ConditionAsync("home-c", "Ready", "True");

        Assert.Empty(await load.StopAsync());
        Assert.Equal((200, "a"), await stack.Gateway.GetAsync("stays.example.com"));
    }

    [Fact]
    public async Task ServerlessService_LastPodGoes_ActivatorAnswersAtOnce()
    {
        stack.Need();
        await stack.Server.ServiceAsync("rev");
        await stack.Server.ServiceAsync("rev-private", stack.A.Port);
        await stack.Server.SksAsync("rev", "Serve");
        await stack.Server.ActivatorsAsync(stack.B.Port);
        await stack.Server.IngressAsync("rev", "rev.example.com", ("rev", 100));
        await stack.Server.ConditionAsync("rev", "Ready", "True");
        await stack.Gateway.AnswersAsync("rev.example.com", "a");
        await using var load = new Load(stack.Gateway, "rev.example.com");

        await stack.Server.SlicesAsync("rev-private");
        await stack.Gateway.AnswersAsync("rev.example.com", "b");
        await stack.Server.SlicesAsync("rev-private", stack.A.Port);
        await stack.Gateway.AnswersAsync("rev.example.com", "a");
        await stack.Server.SksAsync("rev", "Proxy");
        await stack.Gateway.AnswersAsync("rev.example.com", "b");

        Assert.Empty(await load.StopAsync());
    }

    [Fact]
    public async Task ServerRestarts_UnderLoad_NoRequestFailsAndChangesArriveAgain()
    {
        stack.Need();
        await stack.Server.IngressAsync("lasting", "lasting.example.com", ("svc-a", 100));
        await stack.Server.ConditionAsync("lasting", "Ready", "True");
        await using var load = new Load(stack.Gateway, "lasting.example.com");

        await stack.Server.RestartAsync();
        await stack.Server.ConditionAsync("lasting", "Ready", "True");
        await stack.Server.IngressAsync("lasting", "lasting.example.com", ("svc-b", 100));
        await stack.Server.ConditionAsync("lasting", "Ready", "True");

        Assert.Equal((200, "b"), await stack.Gateway.GetAsync("lasting.example.com"));
        Assert.Empty(await load.StopAsync());
    }

    /// <summary>Four clients that ask one host without pause.</summary>
    private sealed class Load : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Task<List<(int, string)>>[] _clients;

        public Load(RealEnvoy gateway, string host) => _clients = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(() => AskAsync(gateway, host)))];

        /// <summary>Ends the load; returns the answers other than 200.</summary>
        public async Task<List<(int Code, string Body)>> StopAsync()
        {
            await _stop.CancelAsync();
            return [.. (await Task.WhenAll(_clients)).SelectMany(failures => failures)];
        }

        public async ValueTask DisposeAsync()
        {
            await StopAsync();
            _stop.Dispose();
        }

        private async Task<List<(int, string)>> AskAsync(RealEnvoy gateway, string host)
        {
            var failures = new List<(int, string)>();
            while (!_stop.IsCancellationRequested)
            {
                var answer = await gateway.GetAsync(host);
                if (answer.Code != 200)
                {
                    failures.Add(answer);
                }
            }

            return failures;
        }
    }
}

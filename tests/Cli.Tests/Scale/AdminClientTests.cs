using Knative.Xds.Autoscaler.Explaining;
using Knative.Xds.Cli.Admin;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Knative.Xds.Cli.Tests.Scale;

public sealed class AdminClientTests
{
    private const string Empty = """{"replica":"b","buckets":[],"ticks":{"latenessMs":[]}}""";

    [Fact]
    public async Task Read_AnotherReplicaDecides_AsksThatOne()
    {
        await using var owner = await StartAsync(context => context.Response.WriteAsync(Empty));
        await using var other = await StartAsync(context => RedirectAsync(context, owner.Urls.First()));
        using var admin = new AdminClient("autoscaler", "--autoscaler", new Uri(other.Urls.First()), ScaleJson.Options);

        var report = await admin.ReadAsync<SystemReport>("/debug/scale", TestContext.Current.CancellationToken);

        Assert.Equal("b", report.Replica);
    }

    [Fact]
    public async Task Read_OwnerOutOfReach_NamesBoth()
    {
        await using var other = await StartAsync(context => RedirectAsync(context, "http://127.0.0.1:1"));
        using var admin = new AdminClient("autoscaler", "--autoscaler", new Uri(other.Urls.First()), ScaleJson.Options);

        var error = await Assert.ThrowsAsync<CliException>(() => admin.ReadAsync<SystemReport>("/debug/scale", TestContext.Current.CancellationToken));

        Assert.StartsWith("it is elsewhere, but the autoscaler at http://127.0.0.1:1 does not answer (", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("give the address of its admin port with --autoscaler", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_Refused_SaysTheReason()
    {
        await using var replica = await StartAsync(context =>
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return context.Response.WriteAsync("no such revision\n");
        });
        using var admin = new AdminClient("autoscaler", "--autoscaler", new Uri(replica.Urls.First()), ScaleJson.Options);

        var error = await Assert.ThrowsAsync<CliException>(() => admin.ReadAsync<SystemReport>("/debug/scale", TestContext.Current.CancellationToken));

        Assert.Equal("no such revision", error.Message);
    }

    private static Task RedirectAsync(HttpContext context, string address)
    {
        context.Response.StatusCode = StatusCodes.Status307TemporaryRedirect;
        context.Response.Headers.Location = address + "/debug/scale";
        return context.Response.WriteAsync("it is elsewhere\n");
    }

    private static async Task<WebApplication> StartAsync(RequestDelegate answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.Run(answer);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return app;
    }
}

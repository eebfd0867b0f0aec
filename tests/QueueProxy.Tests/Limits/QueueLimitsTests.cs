
namespace Knative.Xds.QueueProxy.Tests.Limits;

public sealed class QueueLimitsTests
{
    [Theory]
    [InlineData(512L << 20, 2_048, 256, 16, 4 << 20, (512 << 20) / 10, 8 << 20)]
    [InlineData(200L << 20, 800, 100, 16, 2 << 20, 20 << 20, 6_553_600)]
    [InlineData(32L << 20, 512, 64, 16, 2 << 20, 8 << 20, 1 << 20)]
    public void Within_LittleMemory_MakesTheDefaultsSmaller(long memory, int connections, int http2, int side, long headers, long transfers, long log) => Assert.Equal(
        new QueueLimits
        {
            MaxConnections = connections,
            MaxHttp2Connections = http2,
            MaxRequests = connections,
            MaxSideConnections = side,
            ReadBufferBytes = 16 << 10,
            Http2WindowBytes = 65_535,
            HeaderBudgetBytes = headers,
            TransferBudgetBytes = transfers,
            LogBytes = log,
        },
        QueueLimits.Within(memory));

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(9223372036854771712)]
    public void Within_NoLimit_LeavesTheDefaults(long memory) => Assert.Equal(new QueueLimits(), QueueLimits.Within(memory));

    [Theory]
    [InlineData(512)]
    [InlineData(640)]
    [InlineData(800)]
    [InlineData(1_024)]
    [InlineData(2_048)]
    [InlineData(16_384)]
    public void Within_FromHalfAGibibyteOn_WhatTheDocumentationAddsUpFitsIn(long mebibytes)
    {
        const double KiB = 1 << 10;
        var limits = QueueLimits.Within(mebibytes << 20);
        double budget = limits.HeaderBudgetBytes;

        double[] parts =
        [
            32 << 20,
            limits.MaxConnections * (14 * KiB + limits.ReadBufferBytes + 16 * KiB),
            limits.MaxHttp2Connections * (limits.Http2WindowBytes + 128 * KiB),
            limits.MaxRequests * 8 * KiB,
            2.0 * limits.TransferBudgetBytes,
            2 * budget,
            6 * budget * (1 + Math.Log(limits.MaxConnections * (double)limits.MaxHeaderBytes / budget)),
            4 * limits.MaxSideConnections * (limits.ReadBufferBytes + 320 * KiB) + limits.MaxProbes * 32 * KiB,
            limits.LogBytes,
        ];

        Assert.InRange(parts.Sum(), 0, mebibytes << 20);
    }

    [Theory]
    [InlineData(1, 1 << 20)]
    [InlineData(64, 1 << 20)]
    [InlineData(128, 512 << 10)]
    [InlineData(16_384, 4 << 10)]
    [InlineData(100_000, 1 << 10)]
    public void HeaderBytes_MoreConnections_LeaveLessToEach(int connections, int expected) => Assert.Equal(expected, new QueueLimits().HeaderBytes(connections));
}

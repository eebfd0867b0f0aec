using Google.Protobuf;

namespace Knative.Xds.QueueProxy.Tests;

/// <summary>Reads a protobuf message without knowing its type.</summary>
internal static class ProtoCheck
{
    /// <summary>Fails unless every byte belongs to a field.</summary>
    public static void AssertWellFormed(byte[] message)
    {
        var input = new CodedInputStream(message);
        var fields = 0;
        for (uint tag; (tag = input.ReadTag()) != 0; fields++)
            input.SkipLastField();
        Assert.True(input.IsAtEnd && fields > 0, "the message is cut off");
    }
}

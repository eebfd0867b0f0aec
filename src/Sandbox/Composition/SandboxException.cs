namespace Knative.Xds.Sandbox.Composition;

/// <summary>The sandbox cannot start for a reason that its user can mend; the message is one line that says how.</summary>
public sealed class SandboxException : Exception
{
    /// <summary>Makes one.</summary>
    public SandboxException(string message) : base(message)
    {
    }

    /// <summary>Makes one with its cause.</summary>
    public SandboxException(string message, Exception inner) : base(message, inner)
    {
    }
}

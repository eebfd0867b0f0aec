using System.Globalization;
using k8s.Models;

namespace Knative.Xds.Sandbox.Pods;

/// <summary>A running container, as its probes and hooks see it.</summary>
/// <param name="Container">Its spec.</param>
/// <param name="Address">Its pod's address.</param>
/// <param name="Environment">Its environment.</param>
internal sealed record ContainerTarget(V1Container Container, string Address, IReadOnlyDictionary<string, string> Environment)
{
    /// <summary>Where its commands run.</summary>
    public string? WorkingDirectory => string.IsNullOrEmpty(Container.WorkingDir) ? null : Container.WorkingDir;

    /// <summary>Number of a port given by number or by name.</summary>
    /// <remarks>Errors: <see cref="FormatException"/> when the container has no such port.</remarks>
    public int Port(IntOrString port)
    {
        var text = (string)port;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return number;
        }

        return Container.Ports?.FirstOrDefault(candidate => candidate.Name == text)?.ContainerPort
            ?? throw new FormatException($"container \"{Container.Name}\" has no port named \"{text}\"");
    }
}

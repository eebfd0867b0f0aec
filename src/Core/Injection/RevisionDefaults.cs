using System.Globalization;
using System.Text.Json.Nodes;
using Knative.Xds.Core.Configuration;
using Knative.Xds.Core.Hashing;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Templating;

namespace Knative.Xds.Core.Injection;

/// <summary>Fills in what a revision leaves open.</summary>
/// <remarks>Source: knative/serving pkg/apis/serving/v1/revision_defaults.go.</remarks>
public static class RevisionDefaults
{
    private static readonly string[] Handlers = ["tcpSocket", "httpGet", "exec", "grpc"];
    private static readonly string[] WritableVolumes = ["emptyDir", "persistentVolumeClaim", "ephemeral"];

    /// <summary>A copy of the revision with its defaults.</summary>
    /// <remarks>Errors: a revision of the wrong shape gives a problem that names the field, and no copy.</remarks>
    public static (JsonObject? Revision, Problem? Problem) Apply(JsonObject revision, DefaultsConfig defaults, FeaturesConfig features)
    {
        ArgumentNullException.ThrowIfNull(revision);
        ArgumentNullException.ThrowIfNull(defaults);
        ArgumentNullException.ThrowIfNull(features);
        try
        {
            var copy = (JsonObject)revision.DeepClone();
            Apply(copy, copy.Object("spec") ?? throw new FormatException("spec is missing"), defaults, features);
            return (copy, null);
        }
        catch (Exception error) when (error is FormatException or GoTemplateException)
        {
            return (null, RevisionProblem.Of(revision, error as FormatException ?? new FormatException(error.Message)));
        }
    }

    private static void Apply(JsonObject revision, JsonObject spec, DefaultsConfig defaults, FeaturesConfig features)
    {
        ApplyTimes(spec, defaults);
        spec["containerConcurrency"] ??= defaults.ContainerConcurrency;
        var (containers, initContainers) = (spec.Objects("containers").ToList(), spec.Objects("initContainers").ToList());
        var metadata = View(revision.Object("metadata"));
        var names = containers.Concat(initContainers).Select(container => container.Text("name")).ToHashSet(StringComparer.Ordinal);
        Name(containers, names, defaults.ContainerName.Execute(metadata));
        Name(initContainers, names, defaults.InitContainerName.Execute(metadata));
        var writable = spec.Objects("volumes").Where(volume => Array.Exists(WritableVolumes, kind => volume[kind] is not null)).Select(volume => volume.Text("name")).ToHashSet(StringComparer.Ordinal);
        foreach (var container in containers)
        {
            ApplyResources(container, defaults);
            ApplyProbes(container, isServing: containers.Count == 1 || container.Objects("ports").Any());
            foreach (var mount in container.Objects("volumeMounts").Where(mount => !writable.Contains(mount.Text("name"))))
            {
                mount["readOnly"] = true;
            }
        }

        foreach (var container in containers.Concat(initContainers))
        {
            SecurityDefaults.Apply(spec.Object("securityContext"), container, features.SecurePodDefaults);
        }
    }

    // A limit that would never be reached is not written.
    private static void ApplyTimes(JsonObject spec, DefaultsConfig defaults)
    {
        var timeout = spec.Number("timeoutSeconds") is { } seconds and not 0 ? seconds : defaults.RevisionTimeoutSeconds;
        spec["timeoutSeconds"] = timeout;
        if (spec.Number("idleTimeoutSeconds") is null && defaults.IdleTimeoutSeconds != 0 && defaults.IdleTimeoutSeconds < timeout)
        {
            spec["idleTimeoutSeconds"] = defaults.IdleTimeoutSeconds;
        }

        if (spec.Number("responseStartTimeoutSeconds") is null && defaults.ResponseStartTimeoutSeconds != 0 && defaults.ResponseStartTimeoutSeconds < timeout)
        {
            spec["responseStartTimeoutSeconds"] = defaults.ResponseStartTimeoutSeconds;
        }
    }

    private static void Name(List<JsonObject> containers, HashSet<string> taken, string defaultName)
    {
        var next = 0;
        foreach (var container in containers.Where(container => container.Text("name").Length == 0))
        {
            var name = defaultName;
            while (containers.Count > 1 || taken.Contains(defaultName))
            {
                name = ChildName.Of(defaultName, string.Create(CultureInfo.InvariantCulture, $"-{next++}"));
                if (!taken.Contains(name))
                {
                    break;
                }
            }

            container["name"] = name;
        }
    }

    private static void ApplyResources(JsonObject container, DefaultsConfig defaults)
    {
        if (container.Object("resources") is not { } resources)
        {
            container["resources"] = resources = [];
        }

        ApplyResources(resources, "requests", defaults.Requests);
        ApplyResources(resources, "limits", defaults.Limits);
    }

    private static void ApplyResources(JsonObject resources, string kind, ContainerResources defaults)
    {
        foreach (var (name, amount) in (ReadOnlySpan<(string, Quantity?)>)[("cpu", defaults.Cpu), ("memory", defaults.Memory), ("ephemeral-storage", defaults.EphemeralStorage)])
        {
            if (amount is null)
            {
                continue;
            }

            if (resources.Object(kind) is not { } amounts)
            {
                resources[kind] = amounts = [];
            }

            amounts[name] ??= amount.Value.ToString();
        }
    }

    private static void ApplyProbes(JsonObject container, bool isServing)
    {
        if (isServing && container.Object("readinessProbe") is null)
        {
            container["readinessProbe"] = new JsonObject();
        }

        if (container.Object("readinessProbe") is { } probe)
        {
            ApplyReadiness(probe, isServing);
        }

        foreach (var kind in (ReadOnlySpan<string>)["readinessProbe", "livenessProbe", "startupProbe"])
        {
            if (container.Object(kind).Object("grpc") is { } grpc && grpc["service"] is null)
            {
                grpc["service"] = "";
            }
        }
    }

    private static void ApplyReadiness(JsonObject probe, bool isServing)
    {
        if (isServing && Array.TrueForAll(Handlers, handler => probe[handler] is null))
        {
            probe["tcpSocket"] = new JsonObject { ["port"] = 0 };
        }

        Default(probe, "successThreshold", 1);
        // Without a period the sidecar probes until the container is ready, and needs no more than that.
        if (probe.Number("periodSeconds") is not (null or 0))
        {
            Default(probe, "failureThreshold", 3);
            Default(probe, "timeoutSeconds", 1);
        }
    }

    private static void Default(JsonObject probe, string name, int value)
    {
        if (probe.Number(name) is null or 0)
        {
            probe[name] = value;
        }
    }

    private static ObjectMetaView View(JsonObject? metadata) => new()
    {
        Name = metadata.Text("name"),
        Namespace = metadata.Text("namespace"),
        Uid = metadata.Text("uid"),
        Labels = metadata.Texts("labels"),
        Annotations = metadata.Texts("annotations"),
    };
}

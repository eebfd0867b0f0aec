using Google.Protobuf.Reflection;

namespace Knative.Xds.Conformance.Descriptors;

/// <summary>What a descriptor set says about the wire, flattened: full name to a line of facts.</summary>
/// <remarks>Two peers understand each other when every name that one of them has leads to the same facts at the other.</remarks>
internal static class DescriptorIndex
{
    /// <summary>Full name of each message, field, enum, enum value, and method, with its facts.</summary>
    public static SortedDictionary<string, string> Build(FileDescriptorSet set)
    {
        var facts = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in set.File)
        {
            foreach (var message in file.MessageType)
            {
                AddMessage(facts, file.Package, message);
            }

            foreach (var type in file.EnumType)
            {
                AddEnum(facts, file.Package, type);
            }

            foreach (var service in file.Service)
            {
                AddService(facts, file.Package, service);
            }
        }

        return facts;
    }

    /// <summary>One line for each name of <paramref name="ours"/> that upstream lacks or describes differently.</summary>
    public static IReadOnlyList<string> Differences(FileDescriptorSet ours, FileDescriptorSet upstream)
    {
        var theirs = Build(upstream);
        return [.. Build(ours)
            .Where(fact => theirs.GetValueOrDefault(fact.Key) != fact.Value)
            .Select(fact => $"{fact.Key}: ours {fact.Value}, upstream {theirs.GetValueOrDefault(fact.Key, "has none")}")];
    }

    private static void AddMessage(SortedDictionary<string, string> facts, string parent, DescriptorProto message)
    {
        var name = $"{parent}.{message.Name}";
        facts[name] = message.Options?.MapEntry == true ? "map entry" : "message";
        foreach (var field in message.Field)
        {
            var oneof = field.HasOneofIndex ? message.OneofDecl[field.OneofIndex].Name : "none";
            facts[$"{name}.{field.Name}"] = $"{field.Label} {field.Type} {field.TypeName} = {field.Number} (oneof {oneof}, optional {field.Proto3Optional})";
        }

        foreach (var nested in message.NestedType)
        {
            AddMessage(facts, name, nested);
        }

        foreach (var nested in message.EnumType)
        {
            AddEnum(facts, name, nested);
        }
    }

    private static void AddEnum(SortedDictionary<string, string> facts, string parent, EnumDescriptorProto type)
    {
        facts[$"{parent}.{type.Name}"] = "enum";
        foreach (var value in type.Value)
        {
            facts[$"{parent}.{type.Name}.{value.Name}"] = $"enum value {value.Number}";
        }
    }

    private static void AddService(SortedDictionary<string, string> facts, string package, ServiceDescriptorProto service)
    {
        foreach (var method in service.Method)
        {
            facts[$"{package}.{service.Name}/{method.Name}"] = $"{method.InputType} (stream {method.ClientStreaming}) to {method.OutputType} (stream {method.ServerStreaming})";
        }
    }
}

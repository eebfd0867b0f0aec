using System.Collections;
using System.Text;

namespace Knative.Xds.Core.Templating;

/// <summary>One execution of a template.</summary>
/// <remarks>Source: Go text/template exec.go.</remarks>
internal sealed class TemplateRun
{
    private readonly StringBuilder _output;
    private readonly List<(string Name, object? Value)> _variables;

    public TemplateRun(StringBuilder output, object? data) => (_output, _variables) = (output, [("", data)]);

    public void Write(IReadOnlyList<TemplateNode> nodes, object? dot)
    {
        foreach (var node in nodes)
        {
            switch (node)
            {
                case TemplateNode.Literal literal:
                    _output.Append(literal.Text);
                    break;
                case TemplateNode.Action action:
                    WriteAction(action.Pipeline, dot);
                    break;
                case TemplateNode.Branch branch:
                    WriteBranch(branch, dot);
                    break;
                case TemplateNode.Loop loop:
                    WriteLoop(loop, dot);
                    break;
            }
        }
    }

    private void WriteAction(TemplatePipeline pipeline, object? dot)
    {
        var value = Evaluate(pipeline, dot);
        if (pipeline.Variables.Count == 0)
        {
            GoFormat.Append(_output, value);
        }
    }

    private void WriteBranch(TemplateNode.Branch branch, object? dot)
    {
        var known = _variables.Count;
        var value = Evaluate(branch.Condition, dot);
        if (GoFormat.IsTrue(value))
        {
            Write(branch.Then, branch.MovesDot ? value : dot);
        }
        else
        {
            Write(branch.Else, dot);
        }

        Forget(known);
    }

    private void WriteLoop(TemplateNode.Loop loop, object? dot)
    {
        var known = _variables.Count;
        var items = Items(Evaluate(loop.Items with { Variables = [] }, dot)).ToList();
        foreach (var (key, item) in items)
        {
            var inner = _variables.Count;
            Assign(loop.Items, key, item);
            Write(loop.Body, item);
            Forget(inner);
        }

        if (items.Count == 0)
        {
            Write(loop.Else, dot);
        }

        Forget(known);
    }

    private void Assign(TemplatePipeline pipeline, object? key, object? item)
    {
        if (pipeline.Variables.Count > 1)
        {
            Assign(pipeline.Variables[0], pipeline.Declares, key);
        }

        if (pipeline.Variables.Count > 0)
        {
            Assign(pipeline.Variables[^1], pipeline.Declares, item);
        }
    }

    private static IEnumerable<(object? Key, object? Item)> Items(object? value) => value switch
    {
        null => [],
        IReadOnlyDictionary<string, string> texts => texts.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => ((object?)entry.Key, (object?)entry.Value)),
        IReadOnlyDictionary<string, object?> map => map.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => ((object?)entry.Key, entry.Value)),
        string => throw new GoTemplateException("range cannot go through a text"),
        IEnumerable list => list.Cast<object?>().Select((item, index) => ((object?)(long)index, item)),
        long count => Enumerable.Range(0, (int)Math.Clamp(count, 0, int.MaxValue)).Select(index => ((object?)(long)index, (object?)(long)index)),
        _ => throw new GoTemplateException("range cannot go through this value"),
    };

    private object? Evaluate(TemplatePipeline pipeline, object? dot)
    {
        object? value = null;
        for (var index = 0; index < pipeline.Commands.Count; index++)
        {
            value = Evaluate(pipeline.Commands[index], dot, index > 0, value);
        }

        if (pipeline.Variables.Count > 0)
        {
            Assign(pipeline.Variables[0], pipeline.Declares, value);
        }

        return value;
    }

    private object? Evaluate(IReadOnlyList<TemplateOperand> command, object? dot, bool isHanded, object? handed)
    {
        if (command[0] is TemplateOperand.Function { Name: "and" or "or" } choice)
        {
            return Choose(choice.Name == "or", command, dot, isHanded, handed);
        }

        List<object?> arguments = new(command.Count);
        for (var index = 1; index < command.Count; index++)
        {
            arguments.Add(Evaluate(command[index], dot, []));
        }

        if (isHanded)
        {
            arguments.Add(handed);
        }

        return Evaluate(command[0], dot, arguments);
    }

    // The two that stop at the first value that decides.
    private object? Choose(bool stopsAt, IReadOnlyList<TemplateOperand> command, object? dot, bool isHanded, object? handed)
    {
        object? value = null;
        for (var index = 1; index < command.Count; index++)
        {
            value = Evaluate(command[index], dot, []);
            if (GoFormat.IsTrue(value) == stopsAt)
            {
                return value;
            }
        }

        return isHanded ? handed : command.Count > 1 ? value : throw new GoTemplateException("and, or need an argument");
    }

    private object? Evaluate(TemplateOperand operand, object? dot, List<object?> arguments)
    {
        switch (operand)
        {
            case TemplateOperand.Function function:
                return TemplateFunctions.Call(function.Name, arguments);
            case TemplateOperand.Constant constant:
                return arguments.Count == 0 ? constant.Value : throw new GoTemplateException("a constant takes no arguments");
            case TemplateOperand.Path path:
                var value = path.Inner is { } inner ? Evaluate(inner, dot) : path.Variable is { } name ? Variable(name) : dot;
                return Follow(value, path.Fields, arguments);
            default:
                throw new GoTemplateException("this value is unknown");
        }
    }

    private static object? Follow(object? value, IReadOnlyList<string> fields, List<object?> arguments)
    {
        if (fields.Count == 0)
        {
            return arguments.Count == 0 ? value : throw new GoTemplateException("a value takes no arguments");
        }

        for (var index = 0; index < fields.Count; index++)
        {
            value = Field(value, fields[index], index == fields.Count - 1 ? arguments : []);
        }

        return value;
    }

    private static object? Field(object? value, string name, List<object?> arguments) => value switch
    {
        ITemplateObject thing when thing.TryGet(name, arguments, out var found) => found,
        IReadOnlyDictionary<string, string> texts when arguments.Count == 0 => texts.GetValueOrDefault(name),
        IReadOnlyDictionary<string, object?> map when arguments.Count == 0 => map.GetValueOrDefault(name),
        _ => throw new GoTemplateException($"there is no field or method {name} here"),
    };

    private object? Variable(string name) => _variables.FindLast(variable => variable.Name == name).Value;

    private void Assign(string name, bool declares, object? value)
    {
        if (declares)
        {
            _variables.Add((name, value));
            return;
        }

        _variables[_variables.FindLastIndex(variable => variable.Name == name)] = (name, value);
    }

    private void Forget(int known) => _variables.RemoveRange(known, _variables.Count - known);
}

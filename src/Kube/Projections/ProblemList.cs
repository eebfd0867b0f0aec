using System.Collections.Immutable;
using Knative.Xds.Core.Model;

namespace Knative.Xds.Kube.Projections;

/// <summary>Collects what is wrong in one object.</summary>
internal sealed class ProblemList(ObjectKey key)
{
    private readonly ImmutableArray<Problem>.Builder _problems = ImmutableArray.CreateBuilder<Problem>();

    public bool IsEmpty => _problems.Count == 0;

    public void Missing(string field) => Add(field, "MissingField", "is missing");

    public void Invalid(string field, string complaint) => Add(field, "InvalidValue", complaint);

    public ImmutableArray<Problem> ToImmutable() => _problems.ToImmutable();

    private void Add(string field, string reason, string complaint) => _problems.Add(new Problem(key, field, reason, $"{field} {complaint}."));
}

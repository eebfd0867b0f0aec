namespace Knative.Xds.Fuzz;

/// <summary>Something that takes outside input. Threading: safe.</summary>
internal interface IFuzzTarget
{
    /// <summary>Runs once; throws when something broke.</summary>
    /// <param name="random">All chance.</param>
    /// <param name="log">Takes what was fed, for whoever must find out why.</param>
    void Execute(Random random, Action<string> log);

    /// <summary>How often what was reached, so that a run that reaches nothing is noticed.</summary>
    IReadOnlyDictionary<string, long> Reached { get; }
}

namespace Knative.Xds.Core.Configuration;

/// <summary>How a <see cref="Quantity"/> is printed.</summary>
internal enum QuantityFormat
{
    /// <summary>With suffixes such as <c>m</c> and <c>G</c>.</summary>
    Decimal,

    /// <summary>With suffixes such as <c>Mi</c>, where that loses nothing.</summary>
    Binary,

    /// <summary>With a power of ten.</summary>
    DecimalExponent,
}

namespace Knative.Xds.Sandbox.Composition;

/// <summary>Which gateway carries the sandbox's traffic.</summary>
public enum GatewayChoice
{
    /// <summary>Envoy where one is found, else the embedded gateway.</summary>
    Auto,
    /// <summary>A real Envoy.</summary>
    Envoy,
    /// <summary>The gateway inside this process.</summary>
    Embedded,
}

using Microsoft.AspNetCore.Http;

namespace Knative.Xds.Hosting;

/// <summary>A path of the admin port beside the usual ones. Services register theirs in the container.</summary>
/// <param name="Path">The path, such as <c>/debug/scale</c>; it and everything below it is answered.</param>
/// <param name="Answer">Answers a request.</param>
public sealed record AdminRoute(PathString Path, Func<HttpContext, Task> Answer);

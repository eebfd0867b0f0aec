using System.Text;

namespace Knative.Xds.QueueProxy.Handling;

/// <summary>Short answers of the proxy itself, in the form that Go's http package gives them, which clients of upstream may compare.</summary>
internal static class GoAnswer
{
    private const string TextType = "text/plain; charset=utf-8";

    /// <summary>Answers as http.Error does: plain text, a line end, no sniffing.</summary>
    public static Task ErrorAsync(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        context.Response.Headers.XContentTypeOptions = "nosniff";
        return TextAsync(context, text + "\n");
    }

    /// <summary>Answers with bare text.</summary>
    public static Task TextAsync(HttpContext context, string text)
    {
        var body = Encoding.UTF8.GetBytes(text);
        context.Response.ContentType = TextType;
        context.Response.ContentLength = body.Length;
        return context.Response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }
}

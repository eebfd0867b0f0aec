using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;
using System.Text;

namespace Knative.Xds.Hosting;

/// <summary>Fills an options object from the command line and the environment.</summary>
public static class ServiceConfiguration
{
    /// <summary>Sets each settable property <c>KeyName</c> from <c>--key-name VALUE</c> or <c>--key-name=VALUE</c>, else from the variable <c>KXDS_KEY_NAME</c>.</summary>
    /// <remarks>Units: a <see cref="TimeSpan"/> is written as seconds (<c>2</c>, <c>0.5</c>) or <c>hh:mm:ss</c>.
    /// Errors: <see cref="FormatException"/> that names the option, for an unknown option and for a value of the wrong form.</remarks>
    public static T Load<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] T>(string[] args) where T : class, new()
    {
        var options = new T();
        var given = ReadArguments(args);
        foreach (var property in typeof(T).GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite))
        {
            var key = Kebab(property.Name);
            var value = given.Remove(key, out var argument) ? argument : Environment.GetEnvironmentVariable("KXDS_" + key.ToUpperInvariant().Replace('-', '_'));
            if (value is not null)
            {
                property.SetValue(options, Convert(key, value, Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType));
            }
        }

        return given.Count == 0 ? options : throw new FormatException($"--{given.Keys.First()} is not an option of this program");
    }

    private static Dictionary<string, string> ReadArguments(string[] args)
    {
        var given = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < args.Length; i++)
        {
            if (!args[i].StartsWith("--", StringComparison.Ordinal))
            {
                throw new FormatException($"\"{args[i]}\" is not an option: options start with --");
            }

            var equals = args[i].IndexOf('=', StringComparison.Ordinal);
            var key = equals < 0 ? args[i][2..] : args[i][2..equals];
            var hasNext = i + 1 < args.Length && !args[i + 1].StartsWith("--", StringComparison.Ordinal);
            given[key] = equals >= 0 ? args[i][(equals + 1)..] : hasNext ? args[++i] : "true";
        }

        return given;
    }

    private static object Convert(string key, string value, Type type)
    {
        try
        {
            return type == typeof(TimeSpan) ? ReadDuration(value)
                : type.IsEnum ? Enum.Parse(type, value, ignoreCase: true)
                : System.Convert.ChangeType(value, type, CultureInfo.InvariantCulture);
        }
        catch (Exception exception) when (exception is FormatException or ArgumentException or InvalidCastException or OverflowException)
        {
            throw new FormatException($"--{key}: \"{value}\" is not a {type.Name}", exception);
        }
    }

    private static TimeSpan ReadDuration(string value)
    {
        var duration = double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds)
            ? TimeSpan.FromSeconds(seconds)
            : TimeSpan.Parse(value, CultureInfo.InvariantCulture);
        // No timer takes more; a wait that cannot begin would never end.
        return duration >= TimeSpan.Zero && duration.TotalMilliseconds <= int.MaxValue ? duration : throw new OverflowException();
    }

    private static string Kebab(string name)
    {
        var kebab = new StringBuilder();
        foreach (var letter in name)
        {
            if (char.IsAsciiLetterUpper(letter) && kebab.Length > 0)
            {
                kebab.Append('-');
            }

            kebab.Append(char.ToLowerInvariant(letter));
        }

        return kebab.ToString();
    }
}

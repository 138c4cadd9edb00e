using System.Collections;
using System.Globalization;
using System.Reflection;

namespace Broadcast.Gateway.Tests;

/// <summary>docs/settings.md says what the code does.</summary>
public sealed class SettingsPageTests
{
    [Fact]
    public void Every_setting_stands_on_the_page_and_nothing_else_does()
    {
        var known = Settings(typeof(BroadcastOptions), new BroadcastOptions(), "").Select(s => s.Name).Order(StringComparer.Ordinal);

        Assert.Equal(known, Rows().Select(r => r.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_default_on_the_page_is_that_of_the_code()
    {
        var page = Rows().ToDictionary(r => r.Name, r => r.Default);

        foreach (var (name, value) in Settings(typeof(BroadcastOptions), new BroadcastOptions(), ""))
        {
            var expected = (name, value) switch
            {
                ("Node", _) => "the machine's name",
                ("Rooms:N:History", null) => "as `Subscribe`",
                (_, null or "") => "none",
                (_, bool flag) => flag ? "`true`" : "`false`",
                _ => $"`{Convert.ToString(value, CultureInfo.InvariantCulture)}`",
            };
            Assert.True(page[name] == expected, $"{name}: the page says {page[name]}, the code {expected}.");
        }
    }

    /// <summary>Settings as they are written, with their defaults; lists of objects by what one of them has.</summary>
    private static IEnumerable<(string Name, object? Default)> Settings(Type type, object? of, string path)
    {
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanWrite))
        {
            var (kind, name, value) = (property.PropertyType, path + property.Name, property.GetValue(of));
            if (kind.IsGenericType && kind.IsAssignableTo(typeof(IEnumerable)))
            {
                Assert.Empty((IEnumerable)value!);
                var item = kind.GetGenericArguments()[0];
                foreach (var setting in item == typeof(string) ? [(name + ":N", null)] : Settings(item, Activator.CreateInstance(item), name + ":N:"))
                {
                    yield return setting;
                }
            }
            else if (kind.IsClass && kind != typeof(string))
            {
                foreach (var setting in Settings(kind, value ?? Activator.CreateInstance(kind), name + ":"))
                {
                    yield return setting;
                }
            }
            else
            {
                yield return (name, value);
            }
        }
    }

    private static IEnumerable<(string Name, string Default)> Rows()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Broadcast.Actors.sln")))
        {
            folder = folder.Parent!;
        }

        var isSettings = false;
        foreach (var line in File.ReadLines(Path.Combine(folder.FullName, "docs", "settings.md")))
        {
            var cells = line.Split('|', StringSplitOptions.TrimEntries);
            isSettings = cells is ["", "setting", ..] || (isSettings && cells.Length > 1);
            if (isSettings && cells[1].StartsWith('`'))
            {
                Assert.True(cells.Length == 6, line);
                Assert.All(cells[1..5], c => Assert.NotEmpty(c));
                yield return (cells[1].Trim('`'), cells[3]);
            }
        }
    }
}

using System.Reflection;

namespace Broadcast.Server.Tests;

/// <summary>What others can build on is changed on purpose, or not at all: each library's PublicApi.txt lists it.</summary>
public sealed class PublicApiTests
{
    private const string Accept = "ACCEPT_PUBLIC_API";

    private static readonly Assembly[] s_libraries =
        [typeof(Publication).Assembly, typeof(Hub).Assembly, typeof(BroadcastOptions).Assembly, typeof(SqliteBackplane).Assembly, typeof(RedisBackplane).Assembly];

    public static TheoryData<string> Libraries => new(s_libraries.Select(a => a.GetName().Name!));

    [Theory]
    [MemberData(nameof(Libraries))]
    public async Task What_is_public_is_what_the_library_lists(string name)
    {
        var found = PublicApi.Of(s_libraries.Single(a => a.GetName().Name == name));
        var file = Path.Combine(Repository.Root, "src", name, "PublicApi.txt");
        if (Environment.GetEnvironmentVariable(Accept) is not null)
        {
            await File.WriteAllLinesAsync(file, found);
        }

        var listed = File.Exists(file) ? await File.ReadAllLinesAsync(file) : [];
        var changes = found.Except(listed).Select(l => $"+ {l}").Concat(listed.Except(found).Select(l => $"- {l}")).ToList();
        Assert.True(changes.Count == 0, $"src/{name}/PublicApi.txt and the library differ. If that is meant, run this test with {Accept}=1.\n{string.Join('\n', changes)}");
        Assert.Equal(found, listed);
    }
}

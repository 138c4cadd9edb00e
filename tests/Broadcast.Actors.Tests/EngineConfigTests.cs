using Akka.Configuration;

namespace Broadcast.Actors.Tests;

public sealed class EngineConfigTests : IDisposable
{
    private readonly HoconFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Without_settings_the_files_beside_the_program_count()
    {
        var config = EngineConfig.Read(new AkkaOptions());

        Assert.Equal(("127.0.0.1", 4053), (Tcp(config).GetString("hostname"), Tcp(config).GetInt("port")));
        Assert.Empty(config.GetStringList("akka.cluster.seed-nodes", []));
        Assert.Equal("cluster", config.GetString("akka.actor.provider"));
    }

    [Fact]
    public void Settings_win_over_the_files()
    {
        _folder.Append("node.conf", "akka.remote.dot-netty.tcp { hostname = elsewhere, port = 1, maximum-frame-size = 1 MiB }");
        _folder.Append("cluster.conf", "akka.cluster.seed-nodes = [\"akka.tcp://broadcast@elsewhere:1\"]");

        var config = Read("10.0.0.1:4000", "node1:4053", "10.0.0.2:4054");

        Assert.Equal(("10.0.0.1", "10.0.0.1", 4000), (Tcp(config).GetString("hostname"), Tcp(config).GetString("public-hostname"), Tcp(config).GetInt("port")));
        Assert.Equal(1 << 20, Tcp(config).GetByteSize("maximum-frame-size"));
        Assert.Equal(["akka.tcp://broadcast@node1:4053", "akka.tcp://broadcast@10.0.0.2:4054"], config.GetStringList("akka.cluster.seed-nodes"));
    }

    [Theory]
    [InlineData("localhost:4000", "127.0.0.1")]
    [InlineData("node1:4000", "0.0.0.0")]
    [InlineData("10.0.0.1:4000", "10.0.0.1")]
    public void At_a_name_it_listens_on_all_addresses(string address, string listens) => Assert.Equal(listens, Tcp(Read(address)).GetString("hostname"));

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 2)]
    [InlineData(5, 3)]
    public void More_than_half_of_the_seeds_begin_a_cluster(int seeds, int least) =>
        Assert.Equal(least, Read("", [.. Enumerable.Range(1, seeds).Select(i => $"node{i}:4053")]).GetInt("akka.cluster.min-nr-of-members"));

    [Fact]
    public void A_file_may_say_how_many_begin_a_cluster()
    {
        _folder.Append("cluster.conf", "akka.cluster.min-nr-of-members = 1");
        Assert.Equal(1, Read("", "a:1", "b:1", "c:1").GetInt("akka.cluster.min-nr-of-members"));
    }

    [Theory]
    [InlineData("nowhere")]
    [InlineData(":4053")]
    [InlineData("host:")]
    [InlineData("host:0")]
    [InlineData("host:65536")]
    [InlineData("host:-1")]
    [InlineData("host:4 053")]
    [InlineData("two hosts:4053")]
    [InlineData("::1:4053")]
    [InlineData("[::1]:4053")]
    [InlineData("\"}\n:4053")]
    public void An_address_that_is_none_is_named_in_one_sentence(string address)
    {
        Assert.Equal($"--cluster is {address}; it is an address such as 127.0.0.1:4053.", Refusal(() => Read(address)));
        Assert.Equal($"--seed is {address}; it is an address such as 127.0.0.1:4053.", Refusal(() => Read("", "node1:4053", address)));
    }

    [Theory]
    [InlineData("node.conf")]
    [InlineData("cluster.conf")]
    public void A_file_that_is_not_there_is_named(string file)
    {
        File.Delete(Path.Combine(_folder.Name, file));
        Assert.StartsWith($"{Path.Combine(_folder.Name, file)} cannot be read: ", Refusal(() => Read("")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("node.conf")]
    [InlineData("cluster.conf")]
    public void A_file_that_is_no_HOCON_is_named(string file)
    {
        _folder.Write(file, "akka.cluster = ${nowhere}");
        Assert.StartsWith($"{Path.Combine(_folder.Name, file)} is no HOCON: ", Refusal(() => Read("")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("node.conf", "akka.actor.provider")]
    [InlineData("cluster.conf", "akka.cluster.downing-provider-class")]
    public void A_file_that_was_cut_off_is_refused_with_what_it_does_not_say(string file, string missing)
    {
        _folder.Write(file, "akka {\n  some {");
        Assert.Equal($"node.conf and cluster.conf in {_folder.Name} do not say {missing}; the files that come with the program do.", Refusal(() => Read("")));
    }

    private Config Read(string address, params string[] seeds) => EngineConfig.Read(new AkkaOptions { Address = address, Seeds = seeds, Folder = _folder.Name });

    private static Config Tcp(Config config) => config.GetConfig("akka.remote.dot-netty.tcp");

    private static string Refusal(Action action) => Assert.Throws<BackplaneException>(action).Message;
}

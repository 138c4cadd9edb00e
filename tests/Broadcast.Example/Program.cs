using Broadcast.Actors;
using Broadcast.Example;
using Broadcast.Redis;
using Microsoft.Extensions.Options;

// The application of the tests in tests/browser and tests/cluster: each handler is one of those that applications are asked for. With --redis HOST:PORT, or --cluster HOST:PORT
// --seed HOST:PORT[,…], it is one of several nodes.
var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
if (builder.Configuration["settings"] is { } settings)
{
    builder.Configuration.AddJsonFile(Path.GetFullPath(settings), optional: false, reloadOnChange: false);
}

var (redis, seeds) = (builder.Configuration["redis"], builder.Configuration["seed"]);
builder.AddBroadcast(node =>
{
    node.Node = builder.Configuration["node"] ?? "alone";
    foreach (var name in (string[])[Person.IdName, Person.RoomName, Person.AdminName])
    {
        node.Hub.Sessions.Indexed.Add(name);
    }

    if (redis is not null)
    {
        node.Redis.Servers = [redis];
    }

    if (seeds is not null)
    {
        node.Akka.Seeds = seeds.Split(',');
        node.Akka.Address = builder.Configuration["cluster"] ?? "";
    }
});
if (redis is not null)
{
    builder.AddBackplane((services, rules) =>
        ActivatorUtilities.CreateInstance<RedisBackplane>(services, services.GetRequiredService<IOptions<BroadcastOptions>>().Value.Redis, rules));
}

if (seeds is not null)
{
    builder.AddBackplane((services, rules) =>
    {
        var (node, life) = (services.GetRequiredService<IOptions<BroadcastOptions>>().Value, services.GetRequiredService<IHostApplicationLifetime>());
        return ActorEngine.Create(
            node.Akka, node.Memory, rules, services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILoggerFactory>(), _ => life.StopApplication());
    });
    builder.Services.AddSingleton(services => ActorEngine.CreateFeedEngine(services.GetRequiredService<IBackplane>()));
    builder.Services.AddSingleton(services =>
        ActorEngine.CreateLoops(services.GetRequiredService<IBackplane>(), services.GetRequiredService<IOptions<BroadcastOptions>>().Value.Hub));
}

builder.Services.AddSingleton<People>();
builder.Services.AddSingleton<Messages>();
builder.Services.AddSingleton<Rooms>();
builder.Services.AddSingleton<Scores>();
builder.Services.AddSingleton<Journal>();

var app = builder.Build();
app.UseFileServer();
app.MapBroadcast();
app.MapPeople();
app.MapChat();
app.MapRooms();
app.MapBoards();
app.MapTicker();
app.MapJournal();
app.MapAnnouncements();
app.Run();

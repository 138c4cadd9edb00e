using System.Collections.Concurrent;
using System.Globalization;
using Broadcast.Protocol;

// Broadcast.Load.Views N --urls URL: a node whose rooms bench* have N views, 0 for none. Clients get them in turn, and each view a copy of its own of every publication. That a view
// is made of a publication only once is looked at each time; if it is not, the process ends, and with it the measurement.
var views = int.Parse(args[0], CultureInfo.InvariantCulture);
var builder = WebApplication.CreateSlimBuilder(args[1..]);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.AddBroadcast(node => node.Rooms.Add(new RoomOptions { Name = "bench*", Subscribe = Who.Anyone, Publish = Who.Anyone }));

var app = builder.Build();
app.MapBroadcast();
if (views > 0)
{
    var clients = 0;
    var last = new ConcurrentDictionary<string, Publication>();
    app.MapView("bench*", _ => $"view-{(uint)Interlocked.Increment(ref clients) % views}", (publication, view) =>
    {
        if (last.TryGetValue(view, out var before) && before == publication)
        {
            Environment.FailFast($"{view} was made twice of a publication.");
        }

        last[view] = publication;
        return publication.With(publication.Data.ToArray(), publication.Kind);
    });
}

await app.RunAsync();

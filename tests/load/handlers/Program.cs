// An application as its users write it, with one handler, which answers what it is sent. Everything else is its default.
using Broadcast.Gateway;

var builder = WebApplication.CreateSlimBuilder(args);
builder.Logging.ClearProviders();
builder.AddBroadcast(node => node.Rooms.Add(new RoomOptions { Name = "bench", Subscribe = Who.Anyone }));
builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenLocalhost(9020));
var app = builder.Build();
app.MapBroadcast();
app.On("Echo", (string message) => message);
app.Run();

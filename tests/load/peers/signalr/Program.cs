// ASP.NET Core SignalR as its users write it: one hub, the JSON protocol, Clients.All, and a method that answers. Everything else is its default.
using Microsoft.AspNetCore.SignalR;

var builder = WebApplication.CreateSlimBuilder(args);
builder.Logging.ClearProviders();
builder.Services.AddSignalR();
builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenLocalhost(9020));
var app = builder.Build();
app.MapHub<BenchHub>("/hub");
app.Run();

public sealed class BenchHub : Hub
{
    public Task P(string message) => Clients.All.SendAsync("m", message);

    public string Echo(string message) => message;
}

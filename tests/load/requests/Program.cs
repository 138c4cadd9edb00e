using System.Globalization;
using Broadcast.Load;

// Broadcast.Load.Requests URL --pid N --frame TEXT [--hello TEXT] [--connections N] [--payload BYTES] [--warm SECONDS] [--seconds N]: clients that ask a server over
// WebSocket, each again as soon as it has its answer, and what that costs the server's process. {p} in the frame is the payload, which the answer must hold. Prints a line of JSON.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args.Length == 0 || Text("--frame", "") is not { Length: > 0 } frame || Number("--pid", 0) is not (> 0 and var pid))
{
    Console.Error.WriteLine("Broadcast.Load.Requests URL --pid N --frame TEXT [--hello TEXT] [--connections N] [--payload BYTES] [--warm SECONDS] [--seconds N]");
    return 2;
}

var (url, hello, payload) = (new Uri(args[0]), Text("--hello", ""), Number("--payload", 128));
var callers = Enumerable.Range(0, Number("--connections", 100)).Select(n => new Caller(n, frame, payload)).ToArray();
foreach (var caller in callers)
{
    await caller.ConnectAsync(url, hello);
}

using var end = new CancellationTokenSource();
var asking = callers.Select(c => c.AskAsync(end.Token)).ToArray();
await Task.WhenAny([.. asking, Task.Delay(TimeSpan.FromSeconds(Number("--warm", 8)))]);
Array.ForEach(callers, c => c.Measure());
var before = Processor.Of(pid);
await Task.WhenAny([.. asking, Task.Delay(TimeSpan.FromSeconds(Number("--seconds", 4)))]);
var used = Processor.Of(pid) - before;
var times = callers.SelectMany(c => c.Measured()).Order().ToArray();
await end.CancelAsync();

// Whoever met a wrong answer, or none, says so.
await Task.WhenAll(asking);
Array.ForEach(callers, c => c.Dispose());
Console.WriteLine(
    $$$"""{"calls":{{{times.Length}}},"calls_per_s":{{{times.Length / used.Elapsed.TotalSeconds:F0}}},"cpu_us_per_call":{{{used.Busy.TotalMicroseconds / times.Length:F3}}},"server_util":{{{used.Busy / used.Elapsed:F3}}},"lat_ms":{"p50":{{{At(0.5):F3}}},"p99":{{{At(0.99):F3}}}}}""");
return 0;

double At(double share) => times[(int)((times.Length - 1) * share)].TotalMilliseconds;

string Text(string name, string otherwise) => Array.IndexOf(args, name) is var at and >= 0 && at + 1 < args.Length ? args[at + 1] : otherwise;

int Number(string name, int otherwise) => int.Parse(Text(name, otherwise.ToString(CultureInfo.InvariantCulture)), CultureInfo.InvariantCulture);

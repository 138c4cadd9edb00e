namespace Broadcast.Core;

/// <summary>How many bytes went in and out of a device since it was made.</summary>
/// <param name="In">Received, or read.</param>
/// <param name="Out">Sent, or written.</param>
internal readonly record struct Traffic(string Device, ulong In, ulong Out)
{
    /// <summary>Sums what each device moved between two readings; one that was not there before has moved nothing yet.</summary>
    public static (ulong In, ulong Out) Rise(IReadOnlyList<Traffic> before, IReadOnlyList<Traffic> after)
    {
        ulong read = 0, written = 0;
        for (var i = 0; i < after.Count; i++)
        {
            var device = after[i];
            var same = i < before.Count && before[i].Device == device.Device
                ? before[i]
                : before.FirstOrDefault(d => d.Device == device.Device, device);
            unchecked
            {
                read += Counter.Rise(same.In, device.In);
                written += Counter.Rise(same.Out, device.Out);
            }
        }

        return (read, written);
    }
}

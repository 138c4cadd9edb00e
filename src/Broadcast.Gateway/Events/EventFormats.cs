namespace Broadcast.Gateway;

/// <summary>The eight event formats; each is made when it is first asked for, and then shared by all streams.</summary>
internal static class EventFormats
{
    private static readonly Lazy<EventFormat>[] s_formats =
        [.. Enumerable.Range(0, 8).Select(i => new Lazy<EventFormat>(() => new EventFormat((i & 1) != 0, (i & 2) != 0, (i & 4) != 0)))];

    public static EventFormat Get(bool withId, bool envelope, bool chunked) =>
        s_formats[(withId ? 1 : 0) | (envelope ? 2 : 0) | (chunked ? 4 : 0)].Value;
}

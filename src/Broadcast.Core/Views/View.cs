namespace Broadcast.Core;

/// <summary>
/// A class of clients to whom one room looks alike. There is one for each key in use, so that who compares them compares references. Any thread may read it.
/// </summary>
internal sealed class View
{
    /// <summary>Stands for every view.</summary>
    public const long AllMarks = -1;

    /// <param name="key">Null for those of whom it is not known what they may see.</param>
    public View(string? key, int index, RoomViews room)
    {
        Key = key ?? "";
        ShowsNothing = key is null;
        Mark = 1L << (index % 64);
        Projector = new Projector(this, room);
    }

    public string Key { get; }

    /// <summary>All is withheld.</summary>
    public bool ShowsNothing { get; }

    /// <summary>One bit, by which a round finds those to visit. Of more than 64 views some share one, and are visited for each other's news.</summary>
    public long Mark { get; }

    public Projector Projector { get; }

    /// <summary>For <see cref="RoomViews"/> alone, under its lock.</summary>
    public int Members { get; set; }
}

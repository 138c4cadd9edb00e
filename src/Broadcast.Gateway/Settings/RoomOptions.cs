namespace Broadcast.Gateway;

/// <summary>A rule for rooms: who may do what, and how they behave. A missing setting takes the default that loses and exposes least.</summary>
public sealed class RoomOptions
{
    /// <summary>A room's name, or a prefix that ends in <c>*</c>. The first rule that matches counts.</summary>
    public string Name { get; set; } = "";

    /// <summary>Who may receive what is published. Default Nobody.</summary>
    public Who Subscribe { get; set; }

    /// <summary>Who may publish. Default Nobody.</summary>
    public Who Publish { get; set; }

    /// <summary>Who may read what was published before. Default: whoever may subscribe.</summary>
    public Who? History { get; set; }

    /// <summary>Who may see who is there. Default Nobody.</summary>
    public Who Presence { get; set; }

    /// <summary>How often each socket, and each caller of POST, may publish; beyond it error 111, close 3013 or 429. Default: no limit.</summary>
    public RateOptions PublishRate { get; set; } = new();

    /// <summary>How the room behaves.</summary>
    public RoomRule Rule { get; set; } = new();

    internal bool Matches(string room) => RoomPattern.Matches(Name, room);
}

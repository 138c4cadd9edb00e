namespace Broadcast.Protocol;

/// <summary>What decides who belongs to an <see cref="Audience"/>.</summary>
internal enum AudienceKind : byte
{
    Nobody,
    Everybody,
    SignedIn,
    Connection,
    User,
    Users,
    Role,
    Attribute,
    Named,
    Within,
}

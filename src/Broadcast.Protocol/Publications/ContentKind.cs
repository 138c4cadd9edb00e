namespace Broadcast.Protocol;

/// <summary>What a publication's bytes are, given by its content type or WebSocket opcode; decides how each path shows it.</summary>
public enum ContentKind : byte
{
    /// <summary>One JSON value, checked when it was published.</summary>
    Json,

    /// <summary>UTF-8 text, checked when it was published.</summary>
    Text,

    /// <summary>Bytes that nobody looks into.</summary>
    Binary,
}

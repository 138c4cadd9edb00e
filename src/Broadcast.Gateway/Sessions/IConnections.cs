namespace Broadcast.Gateway;

/// <summary>
/// The clients of all nodes together. Each node is asked, and answers for its own; for one that does not, there is the reason instead, and it may
/// have done it all the same. Any thread may call it.
/// </summary>
public interface IConnections
{
    /// <summary>All connections of this node at this moment, in no order.</summary>
    IReadOnlyList<Connection> All { get; }

    /// <summary>Finds connections by their id, user, room, place, or an attribute that is indexed.</summary>
    /// <returns>Of each node how many there are, and at most 1,000 of them.</returns>
    /// <exception cref="ArgumentException">The attribute is not indexed, or there is no such circle; the message is one sentence.</exception>
    Task<IReadOnlyList<NodeAnswer<ClientList>>> FindAsync(ConnectionQuery query);

    /// <summary>Finds one connection of this node.</summary>
    /// <returns>Null if it is not there any more, or is another node's.</returns>
    Connection? Find(string id);

    /// <summary>Finds connections of this node.</summary>
    /// <inheritdoc cref="FindAsync"/>
    IReadOnlyList<Connection> Find(ConnectionQuery query);

    /// <summary>Replaces all attributes of the sessions of a client, or of all clients of a user.</summary>
    /// <returns>For how many each node did.</returns>
    /// <exception cref="ArgumentException">They are beyond what the settings allow; the message is one sentence.</exception>
    Task<IReadOnlyList<NodeAnswer<int>>> ReplaceAttributesAsync(ClientTarget target, SessionAttributes attributes);

    /// <summary>Puts a client, or all clients of a user, into a room, whatever their rights are. They get what is published from then on.</summary>
    /// <exception cref="ArgumentException">The room's name is not good.</exception>
    Task<IReadOnlyList<NodeAnswer<JoinCount>>> JoinAsync(ClientTarget target, string room);

    /// <summary>Takes a client, or all clients of a user, out of a room. Where a path has no word for that, the connection ends.</summary>
    /// <returns>How many each node took out.</returns>
    Task<IReadOnlyList<NodeAnswer<int>>> LeaveAsync(ClientTarget target, string room);

    /// <summary>Sends something to all clients of a user, as JSON, outside of rooms. It is not kept: who is not connected does not get it.</summary>
    /// <param name="message">A <see cref="Fragment"/>, a <see cref="FragmentBatch"/>, or anything else that is written as JSON.</param>
    /// <returns>To how many each node sent it.</returns>
    /// <exception cref="ArgumentException">It is longer than all that may wait for a client (<c>MaxReplyBytes</c>).</exception>
    Task<IReadOnlyList<NodeAnswer<int>>> SendToUserAsync<T>(string user, T message);

    /// <summary>Sends something to all clients that an audience means, as JSON, outside of rooms. It is not kept: who is not connected does not get it.</summary>
    /// <param name="message">As for a user.</param>
    /// <returns>To how many connections and users each node sent it, of how many that were meant; who is connected to several nodes counts on each.</returns>
    /// <exception cref="ArgumentException">There is no such audience, or the message is longer than all that may wait for a client (<c>MaxReplyBytes</c>).</exception>
    Task<IReadOnlyList<NodeAnswer<AudienceCount>>> SendAsync<T>(Audience audience, T message);

    /// <summary>Sends each client those of several updates that are meant for it, as one batch in this order; who is meant by none is sent nothing.</summary>
    /// <param name="updates">Up to 64.</param>
    /// <inheritdoc cref="SendAsync{T}(Audience, T)"/>
    Task<IReadOnlyList<NodeAnswer<AudienceCount>>> SendBatchAsync(params IReadOnlyList<(Audience To, Fragment Update)> updates);

    /// <summary>
    /// As <see cref="SendToUserAsync"/>; but if the user is nowhere, it is kept (<c>Hub:Mailboxes</c>), and one connection gets what is kept, in order and before what
    /// it is sent afterwards, when the user comes. It may come twice, if a node fails or a client stalls meanwhile.
    /// </summary>
    /// <inheritdoc cref="SendToUserAsync"/>
    /// <returns>Whether it was sent, is kept, or why it is not.</returns>
    Task<MailResult> SendOrKeepAsync<T>(string user, T message);
}

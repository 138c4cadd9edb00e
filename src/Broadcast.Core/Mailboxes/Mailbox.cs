using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;

namespace Broadcast.Core;

/// <summary>
/// What is kept for one user: two rooms of the backplane, one of letters and one of marks, with names that no client can have. Any thread may call it.
/// </summary>
/// <param name="places">Taken by each read and each mark.</param>
internal sealed class Mailbox(IBackplane backplane, string user, SemaphoreSlim places)
{
    /// <summary>What the rooms of letters begin with.</summary>
    internal const string Letters = "!mail:";

    /// <summary>What the rooms of marks begin with.</summary>
    internal const string Marks = "!mark:";

    /// <summary>Letters that one read brings.</summary>
    private const int PageSize = 100;

    // A user's name has any characters and any length.
    private readonly string _name = Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(user.AsSpan())));

    /// <summary>Whether a room is one of those that mailboxes are made of.</summary>
    public static bool Has(string room) => room.StartsWith(Letters, StringComparison.Ordinal) || room.StartsWith(Marks, StringComparison.Ordinal);

    /// <param name="id">By which a client that has it already is known.</param>
    public ValueTask<PublishResult> AddAsync(string id, ReadOnlyMemory<byte> data, ContentKind kind) =>
        PublishAsync(Letters + _name, new Publication(data, kind) { Key = id }, id);

    /// <returns>Where the newest letter stands, also if it is no longer kept.</returns>
    /// <exception cref="BackplaneException">It cannot be read now.</exception>
    public async Task<StreamPosition> TopAsync() => (await ReadAsync(Letters + _name, HistoryQuery.PositionOnly)).Top;

    /// <inheritdoc cref="TopAsync"/>
    /// <returns>Letters after a position; none if there are no more.</returns>
    public Task<HistoryPage> ReadAsync(StreamPosition? since) => ReadAsync(Letters + _name, new HistoryQuery(since, PageSize));

    /// <inheritdoc cref="TopAsync"/>
    public async Task<MailMarks> ReadMarksAsync() => MailMarks.Of((await ReadAsync(Marks + _name, new HistoryQuery(null, HistoryQuery.MaxLimit))).Publications);

    /// <exception cref="BackplaneException">It may not have been taken.</exception>
    public async Task MarkAsync(MailMark mark)
    {
        await places.WaitAsync();
        try
        {
            var publication = new Publication(JsonSerializer.SerializeToUtf8Bytes(mark, NodeJson.Default.MailMark), ContentKind.Json);
            var result = await PublishAsync(Marks + _name, publication, $"{mark.Claim} {mark.Epoch} {mark.Offset} {mark.IsEnd}");
            if (!result.IsAccepted)
            {
                throw new BackplaneException(result.Reason ?? "A mark was not taken.");
            }
        }
        finally
        {
            places.Release();
        }
    }

    /// <summary>What may have arrived or not is told once more, which is safe.</summary>
    private async ValueTask<PublishResult> PublishAsync(string room, Publication publication, string key)
    {
        var result = await backplane.PublishAsync(room, publication, key, CancellationToken.None);
        return result.Outcome == PublishOutcome.Unknown ? await backplane.PublishAsync(room, publication, key, CancellationToken.None) : result;
    }

    private async Task<HistoryPage> ReadAsync(string room, HistoryQuery query)
    {
        await places.WaitAsync();
        try
        {
            return await backplane.ReadAsync(room, query, CancellationToken.None);
        }
        finally
        {
            places.Release();
        }
    }
}

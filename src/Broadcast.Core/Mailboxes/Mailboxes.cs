using System.Security.Cryptography;

namespace Broadcast.Core;

/// <summary>
/// What is sent to users who are not there, kept until they come. A sender asks all nodes first, then keeps, then asks again; a client is registered first,
/// and then looked for what is kept: so one of them sees the other. Any thread may call it.
/// </summary>
internal sealed class Mailboxes : IDisposable
{
    /// <summary>How long until it is tried again what the backplane could not do.</summary>
    private static readonly TimeSpan s_again = TimeSpan.FromSeconds(5);

    /// <summary>How long a node that stops waits for what is being handed over.</summary>
    private static readonly TimeSpan s_stopTimeout = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, MailLook> _looks = new(StringComparer.Ordinal);
    private readonly NodeMethod<UserRequest, int> _look;
    private readonly NodeMethod<LetterRequest, int> _have;
    private readonly MailboxOptions _options;
    private readonly SemaphoreSlim _places;
    private readonly Cluster _cluster;
    private readonly Lock _gate = new();
    private readonly Hub _hub;
    private int _isFailing;
    private bool _isStopping;

    internal Mailboxes(Hub hub, Cluster cluster)
    {
        (_hub, _cluster, _options) = (hub, cluster, hub.MailboxOptions);
        _places = new SemaphoreSlim(_options.MaxReading);
        cluster.Add(_look = new("mailbox", NodeJson.Default.UserRequest, NodeJson.Default.Int32, LookAsync));
        cluster.Add(_have = new("letter", NodeJson.Default.LetterRequest, NodeJson.Default.Int32, HaveAsync));
        hub.Mailboxes = _options.Enabled ? this : null;
    }

    /// <summary>Users whose mailboxes are being looked into, or will be although nobody asks.</summary>
    internal int Count
    {
        get
        {
            lock (_gate)
            {
                return _looks.Count;
            }
        }
    }

    /// <summary>Of these, the ones that are looked into at this moment.</summary>
    internal int Running
    {
        get
        {
            lock (_gate)
            {
                return _looks.Values.Count(l => l.Running is not null);
            }
        }
    }

    /// <summary>
    /// Sends a message to all connections of a user; if there is none, or what is kept must go before it, it is kept. One connection gets what is kept, in order
    /// and before what it is sent afterwards.
    /// </summary>
    /// <param name="data">For <see cref="ContentKind.Json"/> one JSON value, for <see cref="ContentKind.Text"/> UTF-8; not checked again.</param>
    /// <exception cref="ArgumentException">There is no user: who is anonymous has no mailbox.</exception>
    public async Task<MailResult> SendAsync(string user, ReadOnlyMemory<byte> data, ContentKind kind)
    {
        ArgumentException.ThrowIfNullOrEmpty(user);
        var refusal = Refusal(data.Length);
        var id = refusal is null ? Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)) : null;
        var sent = (await _cluster.Clients.SendAsync(ClientTarget.OfUser(user), data, kind, keptAs: id)).Sum(a => a.Value);
        return Counted(sent > 0 ? new MailResult(MailOutcome.Sent, sent, null)
            : id is null ? new MailResult(MailOutcome.Refused, 0, refusal)
            : await KeepAsync(user, id, data, kind));
    }

    public void Dispose() => _places.Dispose();

    /// <summary>On the client's loop: it has come, and was told so.</summary>
    internal void Came(string user) => Look(user);

    /// <summary>Waits for what is being handed over; nothing more is.</summary>
    internal async Task StopAsync()
    {
        List<Task> running = [];
        lock (_gate)
        {
            _isStopping = true;
            foreach (var look in _looks.Values)
            {
                look.Timer?.Dispose();
                if (look.Running is { } task)
                {
                    running.Add(task);
                }
            }
        }

        // Its client does not read; the other nodes hand over what is left.
        await Task.WhenAll(running).WaitAsync(s_stopTimeout).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private string? Refusal(int bytes) =>
        !_options.Enabled ? "The user is not connected, and nothing is kept (Broadcast:Hub:Mailboxes:Enabled)."
        : bytes > _options.MaxMessageBytes ? $"The user is not connected, and a message that is kept has at most {_options.MaxMessageBytes} bytes (Broadcast:Hub:Mailboxes:MaxMessageBytes); this has {bytes}."
        : null;

    private async Task<MailResult> KeepAsync(string user, string id, ReadOnlyMemory<byte> data, ContentKind kind)
    {
        var kept = await new Mailbox(_hub.Backplane, user, _places).AddAsync(id, data, kind);
        if (kept.Outcome == PublishOutcome.Refused)
        {
            // Who has just come gets it all the same: it waits before a gate, or has gone through.
            var have = (await _cluster.CallAsync(_have, new LetterRequest(user, id))).Sum(a => a.Value);
            return have > 0 ? new MailResult(MailOutcome.Sent, have, null) : new MailResult(MailOutcome.Refused, 0, kept.Reason);
        }

        // The user may have come between the question and the keeping.
        await _cluster.CallAsync(_look, new UserRequest(user));
        return new MailResult(kept.IsAccepted ? MailOutcome.Kept : MailOutcome.Unknown, 0, kept.Reason);
    }

    private MailResult Counted(MailResult result)
    {
        _hub.Metrics.Mail(result.Outcome.ToString().ToLowerInvariant(), 1);
        return result;
    }

    /// <summary>Something was kept. What is sent to the user from here on waits behind it.</summary>
    private async Task<int> LookAsync(UserRequest asked)
    {
        var clients = new MailClients(_hub, asked.User);
        await clients.FindAsync();
        if (clients.Count > 0)
        {
            Look(asked.User);
        }

        return clients.Count;
    }

    /// <returns>How many clients have a letter, or will have it, although it is not kept.</returns>
    private async Task<int> HaveAsync(LetterRequest asked)
    {
        var have = 0;
        foreach (var client in _hub.Connections.OfUser(asked.User))
        {
            await client.PostAction(c => have += c.State == ConnectionState.Open && c.Mail.Has(asked.Letter) ? 1 : 0);
        }

        return have;
    }

    private void Look(string user)
    {
        lock (_gate)
        {
            if (_isStopping)
            {
                return;
            }

            if (!_looks.TryGetValue(user, out var look))
            {
                look = _looks[user] = new MailLook(user);
            }

            look.Ask();
            if (look.Running is null)
            {
                look.Timer?.Dispose();
                look.Running = RunAsync(look);
            }
        }
    }

    private async Task RunAsync(MailLook look)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        TimeSpan? again;
        do
        {
            lock (_gate)
            {
                look.Begin();
            }

            var clients = new MailClients(_hub, look.User);
            await clients.FindAsync();
            again = clients.Count == 0 ? null : await TryHandOverAsync(look, clients);
            await clients.OpenAsync();
        }
        while (!IsDone(look, again));
    }

    /// <param name="again">When to look although nobody asks; null for never.</param>
    private bool IsDone(MailLook look, TimeSpan? again)
    {
        lock (_gate)
        {
            if (look.IsAsked && !_isStopping)
            {
                return false;
            }

            look.Running = null;
            if (again is { } after && !_isStopping)
            {
                look.Timer = _hub.Time.CreateTimer(_ => Look(look.User), null, after, Timeout.InfiniteTimeSpan);
            }
            else
            {
                _looks.Remove(look.User);
            }

            return true;
        }
    }

    /// <returns>When to look again although nobody asks; null for never.</returns>
    private async Task<TimeSpan?> TryHandOverAsync(MailLook look, MailClients clients)
    {
        try
        {
            var isDone = await new MailRound(_hub, _cluster, new Mailbox(_hub.Backplane, look.User, _places), look, clients).RunAsync();
            if (Interlocked.Exchange(ref _isFailing, 0) == 1)
            {
                MailLog.ReadAgain(_hub.Logger);
            }

            return isDone ? null : _options.Lease;
        }
        catch (BackplaneException e)
        {
            if (Interlocked.Exchange(ref _isFailing, 1) == 0)
            {
                MailLog.NotRead(_hub.Logger, e.Message, s_again.TotalSeconds);
            }

            return s_again;
        }
        catch (ObjectDisposedException)
        {
            // It outlived the node.
            return null;
        }
        catch (Exception e)
        {
            _hub.Metrics.Faults.Add(1);
            MailLog.Fault(_hub.Logger, e);
            return null;
        }
    }
}

namespace Broadcast.Core;

/// <summary>How far a node has told of its clients.</summary>
/// <param name="Generation">One more each time that others took the node for lost: then its list begins anew.</param>
/// <param name="Number">Batches told in this generation.</param>
internal readonly record struct ListMark(int Generation, long Number);

/// <summary>A client, as nodes tell each other of it.</summary>
internal readonly record struct ClientName(string Id, string? User);

/// <summary>A batch of what has changed since the one before, or a page of the whole list.</summary>
/// <param name="Mark">Of a batch, its own; of a page, of the last batch that is in the list.</param>
/// <param name="Came">Of a page, those who are there.</param>
/// <param name="Page">Counts from 0.</param>
/// <param name="Pages">0 for a batch.</param>
internal sealed record ClientNews(ListMark Mark, IReadOnlyList<ClientName> Came, IReadOnlyList<string> Went, int Page = 0, int Pages = 0);

/// <summary>A node was lost, and somebody tells of its clients.</summary>
/// <param name="Mark">Who was in its list up to there is meant.</param>
/// <param name="HasBegun">Of a claim: the sender tells of them already, and nobody else may.</param>
internal sealed record NodeLoss(string Node, ListMark Mark, bool HasBegun = false);

/// <param name="Node">Who asks, whether the others took it for lost.</param>
internal sealed record LossRequest(string Node, int Generation);

/// <param name="Mark">Who was in the list up to there was told to have gone; null if the node was not taken for lost.</param>
internal sealed record LossAnswer(ListMark? Mark);

using System.Text;

namespace Broadcast.Core.Tests.Mailboxes;

public sealed class MailGateTests
{
    [Fact, Trait("row", "S4.21")]
    public void A_letter_that_went_straight_through_does_not_come_again_from_the_mailbox_of_who_did_not_know()
    {
        using var node = new TestNode();
        var client = node.Connect();
        node.Settle();
        var gate = new MailGate(client.Connection);
        gate.Open();
        var message = Encoding.UTF8.GetBytes("hello");
        Assert.True(gate.Send(message, "letter"));

        Assert.True(gate.Has("letter"));
        Assert.False(gate.HandOver("letter", message));
        Assert.False(gate.Has("another"));
    }
}

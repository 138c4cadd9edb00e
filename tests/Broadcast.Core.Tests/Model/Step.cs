namespace Broadcast.Core.Tests.Model;

/// <summary>What can happen to a node, one thing at a time.</summary>
public enum Do
{
    Turn,
    TurnAll,
    Publish,
    PublishRefused,
    Notify,
    HandOver,
    Repeat,
    Lose,
    Join,
    Leave,
    Pause,
    Resume,
    Block,
    FinishRest,
    Unblock,
    Break,
    PublishDuringSend,
    PublishDuringCollecting,
    Reply,
    CloseFromNode,
    EndFromClient,
    Hold,
    LetGo,
    Answer,
    AnswerAsOfCall,
    Fail,
    Pass,
    Restart,
    SayMayHaveLost,
}

/// <summary>One step of a program. The numbers choose among what there is at that moment, so that any part of a program is a program.</summary>
public readonly record struct Step(Do Do, int Client, int Room, int Number)
{
    public override string ToString() => $"{Do}(client {Client}, room {Room}, {Number})";
}

namespace Broadcast.Gateway;

/// <summary>What becomes of the element that a fragment's target finds.</summary>
public enum Swap : byte
{
    /// <summary>The HTML takes the place of what is in it.</summary>
    InnerHtml,

    /// <summary>The HTML takes its place.</summary>
    OuterHtml,

    /// <summary>The HTML goes before it.</summary>
    BeforeBegin,

    /// <summary>The HTML goes into it, before what is there.</summary>
    AfterBegin,

    /// <summary>The HTML goes into it, after what is there.</summary>
    BeforeEnd,

    /// <summary>The HTML goes after it.</summary>
    AfterEnd,

    /// <summary>It is removed.</summary>
    Delete,

    /// <summary>Nothing: the fragment is for the page's own code.</summary>
    None,
}

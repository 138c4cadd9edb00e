using System.Buffers.Text;

namespace Broadcast.Core;

/// <summary>Walks through what the kernel writes in <c>/proc</c>: lines of words and decimal numbers, separated by blanks.</summary>
internal ref struct ProcText(ReadOnlySpan<byte> text)
{
    private ReadOnlySpan<byte> _rest = text;

    public bool TryLine(out ProcText line)
    {
        var found = TryCut((byte)'\n', out var cut);
        line = new ProcText(cut);
        return found;
    }

    /// <summary>Cuts at a separator that need not be there; false if nothing is left.</summary>
    public bool TryCut(byte separator, out ReadOnlySpan<byte> part)
    {
        part = _rest;
        if (_rest.IsEmpty)
        {
            return false;
        }

        var end = _rest.IndexOf(separator);
        part = end < 0 ? _rest : _rest[..end];
        _rest = end < 0 ? default : _rest[(end + 1)..];
        return true;
    }

    public bool TryWord(out ReadOnlySpan<byte> word)
    {
        _rest = _rest.TrimStart(" \t\r"u8);
        var end = _rest.IndexOfAny((byte)' ', (byte)'\t', (byte)'\r');
        word = end < 0 ? _rest : _rest[..end];
        _rest = _rest[word.Length..];
        return !word.IsEmpty;
    }

    /// <summary>False if the next word is not a whole number of at most 64 bits.</summary>
    public bool TryNumber(out ulong number)
    {
        number = 0;
        return TryWord(out var word) && Utf8Parser.TryParse(word, out number, out var used) && used == word.Length;
    }

    /// <summary>False if the next word is not a finite number with a decimal point.</summary>
    public bool TryDecimal(out double number)
    {
        number = 0;
        return TryWord(out var word) && Utf8Parser.TryParse(word, out number, out var used) && used == word.Length && double.IsFinite(number);
    }

    public bool TrySkip(int words)
    {
        while (words > 0 && TryWord(out _))
        {
            words--;
        }

        return words == 0;
    }
}

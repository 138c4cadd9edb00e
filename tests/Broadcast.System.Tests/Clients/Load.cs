using System.Globalization;
using System.Text;

namespace Broadcast.SystemTests;

/// <summary>Numbered texts of different lengths, which whoever receives them can tell from any other bytes.</summary>
internal sealed class Load
{
    private const int Digits = 8;

    private readonly byte[] _filler;
    private readonly int _shortest;
    private readonly int _longest;

    public Load(int shortest, int longest)
    {
        (_shortest, _longest) = (shortest, longest);
        _filler = new byte[longest * 2];
        for (var i = 0; i < _filler.Length; i++)
        {
            _filler[i] = (byte)('a' + (i % 23));
        }
    }

    public byte[] Text(int number)
    {
        var text = new byte[Length(number)];
        Encoding.ASCII.GetBytes(number.ToString("D8", CultureInfo.InvariantCulture), text);
        Filler(number, text.Length).CopyTo(text.AsSpan(Digits));
        return text;
    }

    /// <returns>The number of a text, each byte of which is as it should be.</returns>
    public int Check(ReadOnlySpan<byte> text)
    {
        if (!int.TryParse(text[..Digits], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            || text.Length != Length(number) || !text[Digits..].SequenceEqual(Filler(number, text.Length)))
        {
            Assert.Fail($"Nobody published this: {Encoding.UTF8.GetString(text)}");
        }

        return number;
    }

    private int Length(int number) => _shortest + (int)((uint)number * 2_654_435_761 % (uint)(_longest - _shortest + 1));

    private ReadOnlySpan<byte> Filler(int number, int length) => _filler.AsSpan(number % _longest, length - Digits);
}

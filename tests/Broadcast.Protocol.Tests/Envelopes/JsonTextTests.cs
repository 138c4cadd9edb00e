using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;

namespace Broadcast.Protocol.Tests;

public sealed class JsonTextTests
{
    [Theory]
    [InlineData("null")]
    [InlineData("0")]
    [InlineData("-1.5e+3")]
    [InlineData("\"\"")]
    [InlineData(" \t\r\n[1, {\"a\": \"é\"}]\n")]
    public void One_value_is_JSON(string text) => Assert.True(JsonText.IsOneValue(Encoding.UTF8.GetBytes(text)));

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("1 2")]
    [InlineData("{}x")]
    [InlineData("[1,]")]
    [InlineData("{\"a\":1")]
    [InlineData("{a:1}")]
    [InlineData("'a'")]
    [InlineData("01")]
    [InlineData("NaN")]
    [InlineData("/* c */1")]
    [InlineData("1//c")]
    [InlineData("\"a\nb\"")]
    [InlineData("\uFEFF1")]
    public void Anything_else_is_not(string text) => Assert.False(JsonText.IsOneValue(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void Strings_must_be_UTF8() => Assert.False(JsonText.IsOneValue([(byte)'"', 0xC0, 0x80, (byte)'"']));

    [Fact]
    public void A_value_is_nested_at_most_64_deep()
    {
        Assert.True(JsonText.IsOneValue(Nested(64)));
        Assert.False(JsonText.IsOneValue(Nested(65)));
    }

    [Fact]
    public void Any_bytes_are_one_value_exactly_if_a_document_can_be_made_of_them()
    {
        var bytes = Gen.Elements("{}[]\",:\\ud8001e-. \n\0é\u00FFtrue".Select(c => (byte)c).ToArray()).ListOf().Select(b => b.ToArray());

        Prop.ForAll(bytes.ToArbitrary(), text => JsonText.IsOneValue(text) == IsDocument(text)).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000));

        static bool IsDocument(byte[] text)
        {
            try
            {
                JsonDocument.Parse(new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(text)).Dispose();
                return true;
            }
            catch (Exception e) when (e is JsonException or ArgumentException)
            {
                return false;
            }
        }
    }

    private static byte[] Nested(int depth) => Encoding.UTF8.GetBytes(new string('[', depth) + new string(']', depth));
}

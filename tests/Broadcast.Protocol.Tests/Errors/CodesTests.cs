using System.Reflection;
using System.Text;

namespace Broadcast.Protocol.Tests;

public sealed class CodesTests
{
    [Fact]
    public void Every_code_of_the_protocol_is_there_once()
    {
        Assert.Equal(Enumerable.Range(100, 14), All<ErrorCode>().Select(e => e.Code).Order());
        Assert.Equal([2000u, 2500u, 2501u, 2502u], All<UnsubscribeReason>().Select(r => r.Code).Order());
        Assert.Equal(
            [3000, 3001, 3004, 3005, 3006, 3008, 3009, 3010, 3011, 3012, 3013, 3014, 3500, 3501, 3502, 3503, 3504, 3505, 3506, 3507, 3508, 3509],
            All<Disconnect>().Select(d => (int)d.Code).Where(code => code is >= 3000 and < 4000).Order());
    }

    /// <summary>From 4500 on clients of the protocol stay away; below they would come back by themselves.</summary>
    [Fact]
    public void Codes_of_our_own_are_few() =>
        Assert.Equal([4002, 4500], All<Disconnect>().Select(d => (int)d.Code).Where(code => code >= 4000).Order());

    [Fact]
    public void Only_what_may_pass_is_temporary() => Assert.Equal(
        [ErrorCode.Internal, ErrorCode.TooManyRequests, ErrorCode.ConcurrentPagination],
        All<ErrorCode>().Where(e => e.Temporary).OrderBy(e => e.Code));

    [Fact]
    public void Every_reason_fits_into_a_close_frame() =>
        Assert.All(All<Disconnect>(), d => Assert.InRange(Encoding.UTF8.GetByteCount(d.Reason), 0, 123));

    private static IEnumerable<T> All<T>() =>
        typeof(T).GetFields(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static).Where(f => f.FieldType == typeof(T)).Select(f => (T)f.GetValue(null)!);
}

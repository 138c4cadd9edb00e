namespace Broadcast.Core;

/// <summary>Reads kernel files into one buffer that is used again. Touched by the source that measures.</summary>
internal sealed class ProcFolder(string path)
{
    /// <summary>Far above what the largest of these files takes on the largest machines; what is beyond it is not read.</summary>
    private const int Largest = 4 * 1024 * 1024;

    private byte[] _buffer = new byte[16 * 1024];

    /// <returns>Empty if there is no such file or it cannot be read; valid until the next call.</returns>
    public ReadOnlySpan<byte> Read(string name)
    {
        var file = Path.Join(path, name);
        if (!File.Exists(file))
        {
            return default;
        }

        try
        {
            using var handle = File.OpenHandle(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var length = 0;
            while (true)
            {
                // Such a file says that its length is 0; its end is where reading gives nothing.
                var read = RandomAccess.Read(handle, _buffer.AsSpan(length), length);
                length += read;
                if (read == 0 || length == Largest)
                {
                    return _buffer.AsSpan(0, length);
                }

                if (length == _buffer.Length)
                {
                    Array.Resize(ref _buffer, Math.Min(2 * length, Largest));
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return default;
        }
    }
}

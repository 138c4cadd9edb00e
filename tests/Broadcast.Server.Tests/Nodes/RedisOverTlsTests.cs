using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Broadcast.Server.Tests;

/// <summary>A Redis that is spoken to encrypted, with a certificate that the node trusts or does not.</summary>
public sealed class RedisOverTlsTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("broadcast-tls-");

    private string Certificate => Path.Combine(_folder.FullName, "certificate.pem");

    private string Key => Path.Combine(_folder.FullName, "key.pem");

    public void Dispose() => _folder.Delete(recursive: true);

    [RedisFact]
    public async Task A_certificate_that_is_trusted_is_good_and_another_is_not()
    {
        await WriteCertificateAsync();
        var port = FreePort.Next();
        await using var redis = await RedisServer.StartAsync(
            "--tls-port", $"{port}", "--tls-cert-file", Certificate, "--tls-key-file", Key, "--tls-ca-cert-file", Certificate, "--tls-auth-clients", "no");

        Assert.Equal(HttpStatusCode.OK, await ReadyAsync(port, HttpStatusCode.OK, ("SSL_CERT_FILE", Certificate)));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await ReadyAsync(port, HttpStatusCode.ServiceUnavailable, ("SSL_CERT_FILE", "/dev/null")));
    }

    private static async Task<HttpStatusCode> ReadyAsync(int port, HttpStatusCode expected, (string, string) trusted)
    {
        using var node = NodeProcess.Start(
            ["--urls", "http://127.0.0.1:0", "--redis", $"localhost:{port}"], variables: [trusted, ("Broadcast__Redis__Tls", "true"), ("Broadcast__Redis__Timeout", "00:00:10")]);
        using var http = new HttpClient { BaseAddress = await node.ListeningAsync() };

        // A first try may take longer than it has, on a machine that is busy. What is refused for its certificate is refused at once, and stays so.
        var status = await StatusAsync(http);
        for (var again = 0; again < 600 && status != expected; again++)
        {
            await Task.Delay(100);
            status = await StatusAsync(http);
        }

        Assert.Equal(0, await node.StopAsync());
        return status;
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient http)
    {
        using var ready = await http.GetAsync("/health/ready");
        return ready.StatusCode;
    }

    private async Task WriteCertificateAsync()
    {
        using var key = RSA.Create(2_048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        await File.WriteAllTextAsync(Certificate, certificate.ExportCertificatePem());
        await File.WriteAllTextAsync(Key, key.ExportPkcs8PrivateKeyPem());
    }
}

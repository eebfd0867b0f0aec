using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Knative.Xds.Kube.Client;
using Xunit;

namespace Knative.Xds.Testing;

/// <summary>A real etcd and kube-apiserver on free loopback ports, for the tests that share this fixture.</summary>
/// <remarks>Where the components are missing the fixture starts nothing, and its members skip the test that asks (in CI: fail it).
/// The components end with this process, also when it is killed: they live as long as the pipe to their script.</remarks>
public class RealApiServer : IAsyncLifetime
{
    private const int Attempts = 3;
    private readonly bool _controllers;
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"kxds-api-{Guid.NewGuid():n}");
    private Process? _script;
    private KubeClient? _client;

    /// <summary>The API alone; <see cref="InitializeAsync"/> starts it.</summary>
    public RealApiServer() : this(controllers: false)
    {
    }

    /// <summary>The API, on request with kube-controller-manager.</summary>
    protected RealApiServer(bool controllers) => _controllers = controllers;

    /// <value>Path of a kubeconfig for a cluster administrator.</value>
    public string Kubeconfig => Running(Path.Combine(_folder, "admin.kubeconfig"));

    /// <value>The programs' logs, for a failing test to look into.</value>
    public string LogFolder => Running(_folder);

    /// <value>A client with an administrator's rights.</value>
    public KubeClient Client => _client ??= KubeClient.Create(new KubeClientOptions { Kubeconfig = Kubeconfig });

    private bool IsComplete => RealComponents.Etcd is not null && RealComponents.ApiServer is not null
        && RealComponents.Kubectl is not null && (!_controllers || RealComponents.ControllerManager is not null);

    /// <summary>Starts the components where they exist, and waits until the API is ready.</summary>
    public async ValueTask InitializeAsync()
    {
        if (!IsComplete)
        {
            return;
        }

        Directory.CreateDirectory(_folder);
        WriteServiceAccountKey();
        for (var attempt = 1; ; attempt++)
        {
            var (script, answer, errors) = await StartAsync();
            if (answer == "ready")
            {
                _script = script;
                return;
            }

            script.Dispose();
            // Another process may have taken a port between our look and the component's bind.
            if (attempt == Attempts)
            {
                throw new InvalidOperationException($"The real API did not start: {errors}");
            }
        }
    }

    /// <summary>Ends the components and removes their files.</summary>
    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        _client?.Dispose();
        if (_script is not null)
        {
            _script.StandardInput.Close();
            await _script.WaitForExitAsync();
            _script.Dispose();
        }

        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    private string Running(string path)
    {
        RealComponents.OrSkip(RealComponents.Etcd, "etcd");
        RealComponents.OrSkip(RealComponents.ApiServer, "kube-apiserver");
        RealComponents.OrSkip(RealComponents.Kubectl, "kubectl");
        if (_controllers)
        {
            RealComponents.OrSkip(RealComponents.ControllerManager, "kube-controller-manager");
        }

        return path;
    }

    private async Task<(Process Script, string? Answer, string Errors)> StartAsync()
    {
        var start = new ProcessStartInfo("bash") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "real-cluster"));
        start.ArgumentList.Add(_folder);
        foreach (var port in FreePorts.Take(3))
        {
            start.ArgumentList.Add(port.ToString(CultureInfo.InvariantCulture));
        }

        if (_controllers)
        {
            start.ArgumentList.Add("--controllers");
        }

        var script = Process.Start(start) ?? throw new InvalidOperationException("bash did not start");
        var errors = new StringBuilder();
        script.ErrorDataReceived += (_, line) => errors.AppendLine(line.Data);
        script.BeginErrorReadLine();
        var answer = await script.StandardOutput.ReadLineAsync();
        if (answer != "ready")
        {
            await script.WaitForExitAsync();
        }

        return (script, answer, errors.ToString());
    }

    private void WriteServiceAccountKey()
    {
        using var key = RSA.Create(2048);
        File.WriteAllText(Path.Combine(_folder, "sa.key"), key.ExportRSAPrivateKeyPem());
        File.WriteAllText(Path.Combine(_folder, "sa.pub"), key.ExportSubjectPublicKeyInfoPem());
    }
}

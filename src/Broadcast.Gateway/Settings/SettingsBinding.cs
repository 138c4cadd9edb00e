using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Broadcast.Gateway;

/// <summary>Reads the settings from configuration. What cannot be read is told like any other wrong setting, all at once.</summary>
internal sealed class SettingsBinding(IConfigurationSection section) : IConfigureOptions<BroadcastOptions>
{
    public void Configure(BroadcastOptions options)
    {
        var failures = SettingsForm.Failures(section, typeof(BroadcastOptions)).ToList();
        if (failures.Count > 0)
        {
            throw new OptionsValidationException(Options.DefaultName, typeof(BroadcastOptions), failures);
        }

        section.Bind(options);
    }
}

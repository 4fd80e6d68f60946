import type { Flag, FlagValues } from '../../core/flags.ts';
import type { AllowlistEntry, OptionDefault, Preference } from '../../core/preferences.ts';
import { BareError, CliError } from '../../errors.ts';

/** What `kuberc set` sets. */
export const preferenceFlags: readonly Flag[] = [
  {
    name: 'allowlist-entry',
    type: 'array',
    help: 'Allowlist entry of the form field=value (can be specified multiple times)',
  },
  { name: 'appendarg', type: 'array', help: 'Argument to append to the command, for aliases only' },
  { name: 'command', type: 'string', help: "Command to configure (e.g., 'get', 'create', 'set env')" },
  { name: 'name', type: 'string', help: 'Alias name (required for --section=aliases)' },
  { name: 'option', type: 'array', help: 'Flag option in the form flag=value' },
  { name: 'overwrite', type: 'bool', help: 'Allow overwriting existing entries' },
  {
    name: 'policy',
    type: 'string',
    help: "Which programs may be run for credentials: 'AllowAll', 'DenyAll' or 'Allowlist'",
  },
  { name: 'prependarg', type: 'array', help: 'Argument to prepend to the command, for aliases only' },
  {
    name: 'section',
    type: 'string',
    help: "Section to modify: 'defaults', 'aliases', or 'credentialplugin'",
  },
];

/** Refuses flags that do not belong to the section. */
export function checkPreferenceFlags(flags: FlagValues): void {
  const section = flags.string('section');
  const refuse = (text: string): never => {
    throw new CliError(text);
  };
  if (!['defaults', 'aliases', 'credentialplugin'].includes(section))
    refuse(`--section must be "defaults", "aliases", or "credentialplugin", got: ${section}`);
  if (section === 'aliases' && flags.string('name') === '')
    refuse('--name is required when --section=aliases');
  if (section === 'defaults' && flags.string('name') !== '')
    refuse('--name should not be specified when --section=defaults');
  if (section === 'defaults' && flags.list('prependarg').length + flags.list('appendarg').length > 0)
    refuse('--prependarg and --appendarg are only valid for --section=aliases');
  if (section !== 'credentialplugin' && flags.string('command') === '')
    refuse('--command is required when --section=aliases or --section=defaults');
  if (section === 'credentialplugin') checkPolicy(flags, refuse);
}

function checkPolicy(flags: FlagValues, refuse: (text: string) => never): void {
  const policy = flags.string('policy');
  const entries = flags.list('allowlist-entry').length > 0;
  if (policy === '') refuse('--policy is required when --section=credentialplugin');
  if (!['AllowAll', 'DenyAll', 'Allowlist'].includes(policy))
    refuse(` --policy must be  "AllowAll", "DenyAll", or "Allowlist", got: ${policy}`);
  if (policy !== 'Allowlist' && entries)
    refuse('--allowlist-entry may only be used when --section=credentialplugin and --policy=Allowlist');
  if (policy === 'Allowlist' && !entries)
    refuse('--allowlist-entry is required when --section=credentialplugin and --policy=Allowlist');
}

/** The preferences as the flags change them. */
export function changedPreference(flags: FlagValues, preference: Preference): Preference {
  const options = optionsOf(flags);
  switch (flags.string('section')) {
    case 'defaults':
      return withDefaults(flags, preference, options);
    case 'aliases':
      return withAlias(flags, preference, options);
    default:
      return {
        ...preference,
        credentialPluginPolicy: flags.string('policy'),
        ...(flags.string('policy') === 'Allowlist' ? { credentialPluginAllowlist: entriesOf(flags) } : {}),
      };
  }
}

function optionsOf(flags: FlagValues): OptionDefault[] {
  return flags.list('option').map(text => {
    const equals = text.indexOf('=');
    if (equals < 0) throw new CliError(`invalid option format ${JSON.stringify(text)}, expected flag=value`);
    return { name: text.slice(0, equals).replace(/^-+/, ''), default: text.slice(equals + 1) };
  });
}

/** What is not given stays as it was. */
const or = <T>(given: readonly T[], before: readonly T[] | null | undefined): T[] => [
  ...(given.length > 0 ? given : (before ?? [])),
];

function withDefaults(flags: FlagValues, preference: Preference, options: OptionDefault[]): Preference {
  const command = flags.string('command');
  const all = preference.defaults ?? [];
  const old = all.find(entry => entry.command === command);
  if (old && !flags.bool('overwrite'))
    throw new CliError(
      `defaults for command ${JSON.stringify(command)} already exist, use --overwrite to replace`,
    );
  const entry = { command, options: old || options.length > 0 ? or(options, old?.options) : null };
  return { ...preference, defaults: old ? all.map(item => (item === old ? entry : item)) : [...all, entry] };
}

function withAlias(flags: FlagValues, preference: Preference, options: OptionDefault[]): Preference {
  const name = flags.string('name');
  const all = preference.aliases ?? [];
  const old = all.find(alias => alias.name === name);
  if (old && !flags.bool('overwrite'))
    throw new CliError(`alias ${JSON.stringify(name)} already exists, use --overwrite to replace`);
  const lists = {
    prependArgs: or(flags.list('prependarg'), old?.prependArgs),
    appendArgs: or(flags.list('appendarg'), old?.appendArgs),
    options: or(options, old?.options),
  };
  const said = Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0));
  const entry = { name, command: flags.string('command'), ...said };
  return { ...preference, aliases: old ? all.map(item => (item === old ? entry : item)) : [...all, entry] };
}

function entriesOf(flags: FlagValues): AllowlistEntry[] {
  const errors: string[] = [];
  const pairs = flags.list('allowlist-entry').flatMap(text => text.split(','));
  const entries = pairs.flatMap(pair => {
    const [, field, value = ''] = /^([^=]*)=(.*)$/s.exec(pair) ?? [];
    const why = wrongWith(pair, field, value);
    if (why === undefined) return [{ command: value }];
    errors.push(why);
    return [];
  });
  if (errors.length > 1) throw new AggregateError(errors.map(error => new BareError(error)));
  if (errors.length === 1) throw new CliError(errors[0]!);
  return entries;
}

function wrongWith(pair: string, field: string | undefined, value: string): string | undefined {
  if (field === undefined) return `improperly formatted allowlist entry: ${JSON.stringify(pair)}`;
  if (field === 'name') return 'allowlist entry field "name" is deprecated, use "command" instead';
  if (field !== 'command') return `unrecognized allowlist entry field: ${JSON.stringify(field)}`;
  return value.trim() === ''
    ? `empty value in allowlist entry for field ${JSON.stringify(field)}`
    : undefined;
}

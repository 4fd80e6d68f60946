import type { CliContext } from '../../core/context.ts';
import type { Flag, FlagValues } from '../../core/flags.ts';
import type { UserEntry } from '../../core/kubeconfig.ts';
import { parsePairs } from '../../core/pairs.ts';
import { CliError } from '../../errors.ts';

/** What set-credentials says of providers and programs that give credentials. */
export const credentialFlags: readonly Flag[] = [
  {
    name: 'auth-provider',
    type: 'string',
    help: 'Auth provider for the user entry in kubeconfig',
  },
  {
    name: 'auth-provider-arg',
    type: 'list',
    help: "'key=value' arguments for the auth provider; 'key-' removes one",
  },
  {
    name: 'exec-api-version',
    type: 'string',
    help: 'API version of the program that gives credentials for the user entry in kubeconfig',
  },
  { name: 'exec-arg', type: 'list', help: 'New arguments of that program' },
  { name: 'exec-command', type: 'string', help: 'The program that gives credentials' },
  { name: 'exec-env', type: 'array', help: "'key=value' for that program's environment; 'key-' removes one" },
  {
    name: 'exec-interactive-mode',
    type: 'string',
    help: 'Whether that program may use the terminal: Never, IfAvailable or Always',
  },
  {
    name: 'exec-provide-cluster-info',
    type: 'bool',
    help: 'Whether that program is told of the cluster',
  },
];

/** Refuses flags that contradict each other. */
export function checkCredentials({ flags }: CliContext): void {
  const basic = flags.string('username') !== '' || flags.string('password') !== '';
  if (flags.string('token') !== '' && basic)
    throw new CliError(
      'you cannot specify more than one authentication method at the same time: --token, --username/--password',
    );
  const mode = flags.string('exec-interactive-mode');
  if (flags.changed('exec-interactive-mode') && !['IfAvailable', 'Never', 'Always'].includes(mode))
    throw new CliError('invalid interactive mode type, can be only IfAvailable, Never, Always');
}

/** The user's entry as the flags change it. A token and a password drive out each other. */
export function changedCredentials({ flags }: CliContext, user: UserEntry): UserEntry {
  const { 'auth-provider': _, exec: __, ...rest } = user;
  const changed: UserEntry = { ...rest };
  const provider = providerOf(flags, user['auth-provider']);
  if (provider) changed['auth-provider'] = provider;
  const exec = execOf(flags, user.exec);
  if (exec) changed.exec = exec;
  if (flags.string('token') !== '') {
    delete changed.username;
    delete changed.password;
  } else if (flags.string('username') !== '' || flags.string('password') !== '') delete changed.token;
  return changed;
}

function providerOf(flags: FlagValues, old: UserEntry['auth-provider']): UserEntry['auth-provider'] {
  const name = flags.changed('auth-provider') ? flags.string('auth-provider') : old?.name;
  if (name === undefined) return undefined;
  const { set, remove } = parsePairs(flags.list('auth-provider-arg'), 'auth-provider-arg');
  const kept = Object.entries((old?.name === name && old.config) || {});
  return { name, config: { ...Object.fromEntries(kept.filter(([key]) => !remove.includes(key))), ...set } };
}

function execOf(flags: FlagValues, old: UserEntry['exec']): UserEntry['exec'] {
  const renamed = flags.changed('exec-command');
  if (!old && !renamed) return undefined;
  const { set, remove } = parsePairs(flags.list('exec-env'), 'exec-env');
  const { args: oldArgs, env: oldEnv, ...rest } = old ?? { command: '' };
  const args = flags.list('exec-arg').length > 0 ? flags.list('exec-arg') : renamed ? undefined : oldArgs;
  const kept = (oldEnv ?? []).filter(({ name }) => !remove.includes(name));
  const env = [
    ...kept.map(({ name, value }) => ({ name, value: set[name] ?? value })),
    ...Object.entries(set)
      .filter(([name]) => !kept.some(old => old.name === name))
      .map(([name, value]) => ({ name, value })),
  ];
  return {
    ...rest,
    ...(renamed ? { command: flags.string('exec-command') } : {}),
    ...(flags.changed('exec-api-version') ? { apiVersion: flags.string('exec-api-version') } : {}),
    ...(args ? { args } : {}),
    ...(oldEnv || env.length > 0 ? { env } : {}),
    ...(flags.changed('exec-interactive-mode')
      ? { interactiveMode: flags.string('exec-interactive-mode') }
      : {}),
    ...(flags.changed('exec-provide-cluster-info')
      ? { provideClusterInfo: flags.bool('exec-provide-cluster-info') }
      : {}),
  };
}

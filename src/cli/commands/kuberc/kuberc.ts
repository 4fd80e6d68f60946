import type { KubeObject } from '#machinery/object.ts';
import { toYaml } from '#machinery/yaml-write.ts';
import { parse } from 'yaml';
import { defineCommand } from '../../core/command.ts';
import type { CliContext } from '../../core/context.ts';
import { kubercFlag, printFlags } from '../../core/flag-groups.ts';
import {
  type Preference,
  type PreferenceFile,
  preferenceVersion,
  requiredPreferenceFile,
} from '../../core/preferences.ts';
import { CliError } from '../../errors.ts';
import { changedPreference, checkPreferenceFlags, preferenceFlags } from './preference-flags.ts';

const fileOf = ({ io, flags }: CliContext): PreferenceFile =>
  requiredPreferenceFile(io, flags.string('kuberc'));

async function read({ io }: CliContext, { path }: PreferenceFile): Promise<Preference | undefined> {
  if (!(await io.fs.stat(path))) return undefined;
  const text = new TextDecoder().decode(await io.fs.read(path));
  try {
    return (parse(text) ?? emptyPreference()) as Preference;
  } catch (error) {
    throw new CliError(`error parsing kuberc file: ${(error as Error).message}`);
  }
}

async function save(context: CliContext, { path }: PreferenceFile, preference: Preference): Promise<void> {
  const { fs } = context.io;
  const folder = path.slice(0, path.lastIndexOf('/'));
  if (folder !== '' && !(await fs.stat(folder))) await fs.makeDirectory(folder);
  await fs.write(path, toYaml(withLists(preference)), 0o600);
  context.out(`Updated ${path}\n`);
}

function emptyPreference(): Preference {
  return { apiVersion: preferenceVersion, kind: 'Preference' };
}

/** Go writes lists that nothing is said of as null. */
function withLists(preference: Preference): Preference {
  return { aliases: null, defaults: null, ...preference };
}

/** What a new file may begin with. */
const recommended: Preference = {
  ...emptyPreference(),
  defaults: [
    { command: 'apply', options: [{ name: 'server-side', default: 'true' }] },
    { command: 'delete', options: [{ name: 'interactive', default: 'true' }] },
  ],
};

const view = defineCommand({
  name: 'view',
  summary: 'Display the current kuberc configuration',
  examples: ['% kuberc view', '% kuberc view --output json'],
  flags: [
    kubercFlag,
    ...printFlags.map(flag => (flag.name === 'output' ? { ...flag, default: 'yaml' } : flag)),
  ],
  run: async context => {
    const file = fileOf(context);
    const preference = await read(context, file);
    if (!preference) return offerNew(context, file);
    const printer = (await context.printer())!;
    const shown = { ...preference, defaults: preference.defaults ?? [], aliases: preference.aliases ?? [] };
    context.out(printer.print(shown as unknown as KubeObject) + printer.flush());
  },
});

/** Asks whether a file is to be made where there is none and none was named. */
async function offerNew(context: CliContext, file: PreferenceFile): Promise<void> {
  if (file.explicit) throw new CliError(`kuberc file not found at ${file.path}`);
  context.out(
    `kuberc file not found at ${file.path}\nWould you like to generate a default kuberc file with recommended options? (y/N): `,
  );
  let answer = '';
  for await (const chunk of context.io.stdin.chunks()) {
    answer += new TextDecoder().decode(chunk);
    if (answer.includes('\n')) break;
  }
  if (answer.trim().toLowerCase() === 'y') await save(context, file, recommended);
}

const set = defineCommand({
  name: 'set',
  usage: '--section (defaults|aliases|credentialplugin) --command COMMAND',
  summary: 'Set values in the kuberc configuration',
  examples: [
    '% kuberc set --section defaults --command get --option output=wide',
    '% kuberc set --section aliases --name getn --command get --prependarg nodes --option output=wide',
    '% kuberc set --section credentialplugin --policy Allowlist --allowlist-entry command=cloud-credential-helper',
  ],
  flags: [kubercFlag, ...preferenceFlags],
  run: async context => {
    const { flags } = context;
    if (!flags.changed('section')) throw new CliError('required flag(s) "section" not set');
    const file = fileOf(context);
    checkPreferenceFlags(flags);
    const preference = (await read(context, file)) ?? emptyPreference();
    await save(context, file, changedPreference(flags, preference));
  },
});

export const kubercCommand = defineCommand({
  name: 'kuberc',
  usage: 'SUBCOMMAND',
  summary: 'Manage kuberc configuration files',
  examples: ['% kuberc view', '% kuberc set --section defaults --command get --option output=wide'],
  subcommands: [set, view],
});

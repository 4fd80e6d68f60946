import { defineCommand } from '../../core/command.ts';
import type { CliContext, NamedCommand } from '../../core/context.ts';
import { isExecutable, pathFolders, pluginPrefix } from '../../core/plugins.ts';
import { BareError } from '../../errors.ts';

const listCommand = defineCommand({
  name: 'list',
  summary: "List all visible plugin executables on a user's PATH",
  details: 'Plugins are executables anywhere on the PATH whose names begin with "kubectl-".',
  examples: ['% plugin list', '% plugin list --name-only'],
  flags: [
    {
      name: 'name-only',
      type: 'bool',
      help: 'If true, display only the binary name of each plugin, rather than its full path',
    },
  ],
  run: async context => {
    const plugins = await findPlugins(context);
    const problems: string[] = [];
    if (plugins.length > 0) context.out('The following compatible plugins are available:\n\n');
    else problems.push('error: unable to find any kubectl plugins in your PATH');
    let warnings = 0;
    const seen = new Map<string, string>();
    for (const { folder, name } of plugins) {
      const path = `${folder}/${name}`;
      context.out(`${context.flags.bool('name-only') ? name : path}\n`);
      for (const warning of await warningsOf(context, path, name, seen)) {
        context.error(`  - ${warning}\n`);
        warnings++;
      }
    }
    if (warnings === 1) problems.push('error: one plugin warning was found');
    if (warnings > 1) problems.push(`error: ${warnings} plugin warnings were found`);
    if (problems.length > 0) throw new BareError(`${problems.join('\n')}\n`);
  },
});

async function findPlugins({ io }: CliContext): Promise<{ folder: string; name: string }[]> {
  const plugins: { folder: string; name: string }[] = [];
  for (const folder of pathFolders(io)) {
    const at = folder.replace(/(.)\/+$/, '$1');
    if ((await io.fs.stat(at))?.kind !== 'directory') {
      io.stderr.write(
        `Unable to read directory ${JSON.stringify(folder)} from your PATH: open ${folder}: no such file or directory. Skipping...\n`,
      );
      continue;
    }
    for (const name of await io.fs.list(at)) {
      if (!name.startsWith(pluginPrefix)) continue;
      if ((await io.fs.stat(`${at}/${name}`))?.kind !== 'directory') plugins.push({ folder: at, name });
    }
  }
  return plugins;
}

async function warningsOf(
  { io, commands, program }: CliContext,
  path: string,
  name: string,
  seen: Map<string, string>,
): Promise<string[]> {
  const warnings: string[] = [];
  if (!(await isExecutable(io, path)))
    warnings.push(`warning: ${path} identified as a kubectl plugin, but it is not executable`);
  const earlier = seen.get(name);
  if (earlier !== undefined)
    warnings.push(`warning: ${path} is overshadowed by a similarly named plugin: ${earlier}`);
  else seen.set(name, path);
  const existing = commandAt(commands, name.split('-').slice(1));
  if (existing)
    warnings.push(
      `warning: ${name} overwrites existing command: ${JSON.stringify(`${program} ${existing}`)}`,
    );
  return warnings;
}

/** The command that a plugin's words lead to, as far as they do. */
function commandAt(commands: readonly NamedCommand[], words: readonly string[]): string | undefined {
  const [word, ...rest] = words;
  const found = commands.find(({ name, aliases }) => name === word || aliases?.includes(word!));
  if (!found) return undefined;
  const deeper = commandAt(found.subcommands ?? [], rest);
  return deeper ? `${found.name} ${deeper}` : found.name;
}

export const pluginCommand = defineCommand({
  name: 'plugin',
  summary: 'Provides utilities for interacting with plugins',
  subcommands: [listCommand],
});

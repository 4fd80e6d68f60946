import type { CliIo } from '../io.ts';

/** What the names of plugins begin with: those of kubectl are ours too. */
export const pluginPrefix = 'kubectl-';

/** The folders of PATH, each once. */
export function pathFolders({ env }: CliIo): string[] {
  return [...new Set((env.PATH ?? '').split(':'))].filter(folder => folder.trim() !== '');
}

export async function isExecutable({ fs }: CliIo, path: string): Promise<boolean> {
  const found = await fs.stat(path);
  return found?.kind === 'file' && (found.mode & 0o111) !== 0;
}

/**
 * Runs the plugin with the longest name that the words make up to the first flag, with the words after it. Undefined where there
 * is none: `least` words have to be in its name.
 */
export async function runPlugin(
  io: CliIo,
  words: readonly string[],
  least: number,
): Promise<number | undefined> {
  const flag = words.findIndex(word => word.startsWith('-'));
  const names = (flag < 0 ? words : words.slice(0, flag)).map(word => word.replaceAll('-', '_'));
  for (let count = names.length; count >= least && count > 0; count--) {
    const name = pluginPrefix + names.slice(0, count).join('-');
    // A name, and no path.
    if (name.includes('/')) continue;
    for (const folder of pathFolders(io)) {
      const path = `${folder}/${name}`;
      if (await isExecutable(io, path)) return (await io.run(path, words.slice(count))).code;
    }
  }
  return undefined;
}

import { readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const folders = ['src', 'sim', 'test', 'bench', 'tools', 'examples'];

/** Every TypeScript file of the project, as a path from its root, in order. */
export function sourceFiles(): string[] {
  return folders.flatMap(folder => filesBelow(root, folder, '.ts')).sort();
}

/** The files in a folder of `base` and below it whose names end so, as paths from `base`. */
export function filesBelow(base: string, folder: string, ending: string): string[] {
  return readdirSync(join(base, folder), { withFileTypes: true, recursive: true })
    .filter(entry => entry.isFile() && entry.name.endsWith(ending))
    .map(entry => relative(base, join(entry.parentPath, entry.name)));
}

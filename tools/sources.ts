import { readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const folders = ['src', 'sim', 'test', 'bench', 'tools', 'examples'];

/** Every TypeScript file of the project, as a path from its root, in order. */
export function sourceFiles(): string[] {
  return folders.flatMap(folder => walk(join(root, folder))).sort();
}

function walk(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true });
  return entries.flatMap(entry => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return walk(path);
    return entry.name.endsWith('.ts') ? [relative(root, path)] : [];
  });
}

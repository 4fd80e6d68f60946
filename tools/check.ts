import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { checkLayers } from './check-layers.ts';
import { checkPatterns } from './check-patterns.ts';
import { checkTidy } from './check-tidy.ts';
import { root } from './sources.ts';

/** `npm run check`: types, lint and format, layers, tidy, patterns. Ends with 1 when anything is wrong. */
const bin = (name: string) => join(root, 'node_modules', '.bin', name);

function command(title: string, file: string, args: readonly string[]): boolean {
  const { status, stdout, stderr } = spawnSync(file, args, { cwd: root, encoding: 'utf8' });
  report(title, status === 0 ? [] : [stdout.trim(), stderr.trim()].filter(text => text !== ''));
  return status === 0;
}

function report(title: string, problems: readonly string[]): boolean {
  console.log(`${problems.length === 0 ? 'ok  ' : 'FAIL'} ${title}`);
  for (const problem of problems) console.log(problem);
  return problems.length === 0;
}

const results = [
  command('types', bin('tsc'), ['-p', '.']),
  command('lint and format', bin('biome'), ['check', '--error-on-warnings', '.']),
  report('layers', checkLayers()),
  report('tidy', checkTidy()),
  report('patterns', checkPatterns()),
];
process.exitCode = results.every(Boolean) ? 0 : 1;

import { spawn } from 'node:child_process';
import { join, relative } from 'node:path';
import { availableParallelism } from 'node:os';
import { run } from 'node:test';
import type { EventData } from 'node:test';
import { spec } from 'node:test/reporters';
import { hasApt, installPackages, missingPackages, nodePackages } from '#main/install.ts';
import { checkLayers } from './check-layers.ts';
import { root, sourceFiles } from './sources.ts';

/**
 * `npm test [PATH …]`: every test, or those below the paths. Says what it runs, prints what failed, and ends with
 * 'N passed, N failed'.
 */
const wanted = process.argv.slice(2).map(path => relative(root, join(process.cwd(), path)));
const isWanted = (file: string) =>
  wanted.length === 0 || wanted.some(path => file === path || file.startsWith(path));
const files = sourceFiles().filter(file => file.endsWith('.test.ts') && isWanted(file));

const failureLineCount = 60;
let passed = 0;
let failed = 0;

function node(args: readonly string[]): Promise<number> {
  return new Promise(resolve => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: 'inherit' });
    child.on('exit', code => resolve(code ?? 1));
  });
}

await installForTests();

/** Where a test is, its name, and the first lines of what it threw. */
function failureLines({ name, file, line, details: { error } }: EventData.TestFail): string {
  const cause = error.cause instanceof Error ? error.cause.message : String(error.cause ?? error.message);
  const lines = cause.split('\n').slice(0, failureLineCount);
  return [`✖ ${file ? relative(root, file) : ''}:${line ?? ''} ${name}`, ...lines]
    .map(text => text.slice(0, 200))
    .join('\n    ');
}

/** Tests on real containers need what a real node needs, and a program to put into images. */
async function installForTests(): Promise<void> {
  if (process.getuid?.() !== 0 || !(await hasApt())) return;
  const missing = await missingPackages([...nodePackages, 'busybox-static']);
  if (missing.length === 0) return;
  console.log(`Installing with apt-get: ${missing.join(', ')} …`);
  await installPackages(missing, line => console.log(line));
}

if (wanted.length === 0) {
  const problems = checkLayers();
  for (const problem of problems) console.log(problem);
  if (problems.length === 0) passed++;
  else failed++;
  console.log(`${problems.length === 0 ? '✔' : '✖'} layers`);
  if ((await node([join(root, 'tools', 'check.ts')])) === 0) passed++;
  else failed++;
}

const stream = run({
  files: files.map(file => join(root, file)),
  concurrency: availableParallelism(),
  isolation: 'process',
  timeout: 1_800_000,
});
stream.on('test:pass', event => {
  if (!event.skip && !event.todo && event.details.type !== 'suite') passed++;
});
const failures: string[] = [];
stream.on('test:fail', event => {
  if (event.details.type === 'suite') return;
  failed++;
  failures.push(failureLines(event));
});
stream.on('end', () => {
  // Once more at the end, in short: a log is often kept by its last lines only.
  for (const failure of failures) console.log(failure);
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
});
stream.compose(new spec()).pipe(process.stdout, { end: false });

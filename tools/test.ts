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
 * 'N passed, N failed'. Where a few files fail, they run again, alone: what passes then depended on its neighbours or
 * on the load; it counts as passed, and both its failure and that it was run twice are printed.
 */
const wanted = process.argv.slice(2).map(path => relative(root, join(process.cwd(), path)));
const isWanted = (file: string) =>
  wanted.length === 0 || wanted.some(path => file === path || file.startsWith(path));
const files = sourceFiles().filter(file => file.endsWith('.test.ts') && isWanted(file));

const failureLineCount = 60;
/** More failing files than this are no accident. */
const mostRunAgain = 5;
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

interface Outcome {
  passed: number;
  readonly failures: { readonly file: string; readonly text: string }[];
}

/** Runs the tests of files, so many files at a time, and prints them. */
async function runFiles(paths: readonly string[], concurrency: number): Promise<Outcome> {
  const outcome: Outcome = { passed: 0, failures: [] };
  const stream = run({
    files: paths.map(file => join(root, file)),
    concurrency,
    isolation: 'process',
    timeout: 1_800_000,
  });
  stream.on('test:pass', event => {
    if (!event.skip && !event.todo && event.details.type !== 'suite') outcome.passed++;
  });
  stream.on('test:fail', event => {
    if (event.details.type === 'suite') return;
    outcome.failures.push({ file: relative(root, event.file ?? ''), text: failureLines(event) });
  });
  for await (const text of stream.compose(new spec())) process.stdout.write(text);
  return outcome;
}

const first = await runFiles(files, availableParallelism());
const again = [...new Set(first.failures.map(({ file }) => file))].filter(file => files.includes(file));
let failures = first.failures;
passed += first.passed;
if (again.length > 0 && again.length <= mostRunAgain) {
  console.log(`\n↻ Again, alone: ${again.join(', ')}`);
  const second = await runFiles(again, 1);
  const isMended = ({ file }: Outcome['failures'][number]) =>
    again.includes(file) && !second.failures.some(failure => failure.file === file);
  const mended = failures.filter(isMended);
  for (const { text } of mended) console.log(`↻ Passed alone, after it failed beside others: ${text}`);
  passed += mended.length;
  failures = failures.filter(failure => !isMended(failure));
}
failed += failures.length;
// Once more at the end, in short: a log is often kept by its last lines only.
for (const { text } of failures) console.log(text);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

import { parseArgs } from 'node:util';
import { exploreOne, replayFile, targets } from './explore-command.ts';
import { fanOut, type TimedReport } from './fan-out.ts';
import { runSeed } from './run.ts';

/**
 * `npm run sim -- --seed N` runs one seed and prints its transcript; `--seeds A-B` runs many, and prints what failed
 * and how to see it again. `explore NAME` looks for the faults that break one controller, and prints the fewest; `replay
 * FILE` plays what that printed. Ends with 1 when anything failed.
 */
const usage = [
  'usage: npm run sim -- --seed N | --seeds A-B [--workers N]',
  '       npm run sim -- explore NAME [--budget N | --seconds S] [--seed N] | explore --list',
  '       npm run sim -- replay FILE',
].join('\n');

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      budget: { type: 'string' },
      list: { type: 'boolean' },
      seconds: { type: 'string' },
      seed: { type: 'string' },
      seeds: { type: 'string' },
      workers: { type: 'string' },
    },
  });
  const [command, name] = positionals;
  if (command === 'explore' && values.list) for (const target of targets().keys()) console.log(target);
  else if (command === 'explore' && name) {
    const seed = number(values.seed ?? '1');
    const [budget, seconds] = [optionalNumber(values.budget), optionalNumber(values.seconds)];
    if (!(await exploreOne({ name, seed, budget, seconds }))) process.exitCode = 1;
  } else if (command === 'replay' && name) {
    if (!(await replayFile(name))) process.exitCode = 1;
  } else if (command !== undefined) throw new Error(usage);
  else if (values.seeds !== undefined) await runMany(seedsOf(values.seeds), values.workers);
  else await runOne(number(values.seed ?? '1'));
}

async function runOne(seed: number): Promise<void> {
  const { transcript, problems, virtualSeconds } = await runSeed(seed);
  process.stdout.write(transcript);
  console.log(
    `seed ${seed}: ${problems.length === 0 ? 'passed' : 'FAILED'} (${virtualSeconds} virtual seconds)`,
  );
  for (const problem of problems) console.log(`  ${problem}`);
  if (problems.length > 0) process.exitCode = 1;
}

async function runMany(seeds: readonly number[], workers: string | undefined): Promise<void> {
  const startMs = performance.now();
  const failed: number[] = [];
  let virtualSeconds = 0;
  const onReport = ({ report }: TimedReport) => {
    virtualSeconds += report.virtualSeconds;
    if (report.problems.length === 0) return;
    failed.push(report.seed);
    console.log(`seed ${report.seed} FAILED; again: npm run sim -- --seed ${report.seed}`);
    for (const problem of report.problems.slice(0, 5)) console.log(`  ${problem}`);
  };
  await fanOut(seeds, onReport, optionalNumber(workers));
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  const hours = (virtualSeconds / 3600).toFixed(1);
  console.log(
    `${seeds.length - failed.length} seeds passed, ${failed.length} failed: ${hours} virtual hours in ${seconds} s`,
  );
  if (failed.length > 0) process.exitCode = 1;
}

function seedsOf(range: string): number[] {
  const [from, to] = range.split('-').map(number);
  if (from === undefined || to === undefined || to < from) throw new Error(usage);
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

function optionalNumber(text: string | undefined): number | undefined {
  return text === undefined ? undefined : number(text);
}

function number(text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(usage);
  return Number(text);
}

await main();

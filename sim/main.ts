import { parseArgs } from 'node:util';
import { fanOut, type TimedReport } from './fan-out.ts';
import { runSeed } from './run.ts';

/**
 * `npm run sim -- --seed N` runs one seed and prints its transcript; `--seeds A-B` runs many, and prints what failed
 * and how to see it again. Ends with 1 when anything did.
 */
const usage = 'usage: npm run sim -- --seed N | --seeds A-B [--workers N]';

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { seed: { type: 'string' }, seeds: { type: 'string' }, workers: { type: 'string' } },
  });
  if (values.seeds !== undefined) await runMany(seedsOf(values.seeds), values.workers);
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
  await fanOut(seeds, onReport, workers === undefined ? undefined : number(workers));
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

function number(text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(usage);
  return Number(text);
}

await main();

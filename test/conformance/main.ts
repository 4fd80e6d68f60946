import { parseArgs } from 'node:util';
import { formatLedger, writeLedger } from './ledger.ts';
import { requirements } from './list.ts';
import { allRows } from './registry.ts';
import { type Outcome, runRows } from './run.ts';
import { openTarget } from './target.ts';

/**
 * `npm run conformance -- [--area AREA] [--row REGEX]`: the conformance rows on the cluster that KUBECONFIG names, else
 * on one of our own. A whole run on our own cluster writes docs/conformance.md.
 */
const { values } = parseArgs({
  options: {
    area: { type: 'string' },
    row: { type: 'string' },
    concurrency: { type: 'string', default: '8' },
  },
});
const pattern = new RegExp(values.row ?? '');
const wanted = requirements().filter(
  ({ area, id }) => (!values.area || area === values.area) && pattern.test(id),
);

function print({ result, requirement, durationMs, error }: Outcome): void {
  if (result === 'not yet') return;
  console.log(`${result} ${(durationMs / 1_000).toFixed(1)} s  [${requirement.area}] ${requirement.id}`);
  if (error) console.log(`    ${error}`);
}

await using target = await openTarget();
const outcomes = await runRows({
  target,
  requirements: wanted,
  rows: allRows(),
  concurrency: Number(values.concurrency),
  onOutcome: print,
});
const count = (result: string) => outcomes.filter(outcome => outcome.result === result).length;
console.log(`${count('passed')} passed, ${count('failed')} failed, ${count('not yet')} not yet`);
if (!values.area && !values.row && target.hollow) {
  writeLedger(formatLedger(outcomes, 'an embedded cluster with two simulated nodes'));
}
process.exitCode = count('failed') === 0 ? 0 : 1;

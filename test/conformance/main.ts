import { parseArgs } from 'node:util';
import { writeImageRoot } from './containers/image.ts';
import { formatLedger, writeLedger } from './ledger.ts';
import { requirements } from './list.ts';
import { allRows } from './registry.ts';
import { type Outcome, runRows } from './run.ts';
import {
  containerSkipReason,
  containerTarget,
  embeddedTarget,
  outsideTarget,
  type Target,
} from './target.ts';

/**
 * `npm run conformance -- [--area AREA] [--row REGEX] [--image-root DIR]`: the conformance rows on the cluster that
 * KUBECONFIG names, else on clusters of our own. A whole run on our own writes docs/conformance.md. A cluster under
 * KUBECONFIG must know the image that CONFORMANCE_IMAGE names: --image-root writes its root file system, to be run with
 * the entry point /bin/agnhost and the argument pause.
 */
const { values } = parseArgs({
  options: {
    area: { type: 'string' },
    row: { type: 'string' },
    'image-root': { type: 'string' },
    concurrency: { type: 'string', default: '8' },
  },
});
if (values['image-root']) {
  await writeImageRoot(values['image-root']);
  process.exit(0);
}
const pattern = new RegExp(values.row ?? '');
const wanted = requirements().filter(
  ({ area, id }) => (!values.area || area === values.area) && pattern.test(id),
);

function print({ result, requirement, durationMs, error }: Outcome): void {
  if (result === 'not yet') return;
  console.log(`${result} ${(durationMs / 1_000).toFixed(1)} s  [${requirement.area}] ${requirement.id}`);
  if (error) console.log(`    ${error}`);
}

const path = process.env.KUBECONFIG;
const rows = allRows();
await using stack = new AsyncDisposableStack();
const targets: Target[] = [];
if (path) targets.push(await outsideTarget(path));
else targets.push(...(await ownTargets()));

/** Simulated nodes do for most rows; those about what a process sees get a node that runs containers, where that can be. */
async function ownTargets(): Promise<Target[]> {
  const wantsContainers = wanted.some(({ id }) => rows.get(id)?.needs === 'containers');
  const reason = wantsContainers && (await containerSkipReason());
  if (reason) console.log(`no containers: ${reason}`);
  const embedded = stack.use(await embeddedTarget());
  if (!wantsContainers || reason) return [embedded];
  return [embedded, stack.use(await containerTarget())];
}

const options = { targets, rows, onOutcome: print };
const first = await runRows({ ...options, requirements: wanted, concurrency: Number(values.concurrency) });
// What rows beside each other do to one another is no fault of the cluster: what fails runs once more, by itself.
const lost = first.filter(({ result }) => result === 'failed').map(({ requirement }) => requirement);
const again = await runRows({ ...options, requirements: lost, concurrency: 1 });
const outcomes = first.map(
  outcome => again.find(({ requirement }) => requirement === outcome.requirement) ?? outcome,
);
const count = (result: string) => outcomes.filter(outcome => outcome.result === result).length;
console.log(`${count('passed')} passed, ${count('failed')} failed, ${count('not yet')} not yet`);
if (!values.area && !values.row && !path) {
  writeLedger(formatLedger(outcomes, targets.map(target => target.title).join(' and ')));
}
process.exitCode = count('failed') === 0 ? 0 : 1;

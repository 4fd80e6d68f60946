import { faultKinds } from './fault-kinds.ts';
import type { Fault, Script } from './script.ts';

const ranks = new Map(faultKinds.map(({ name }, i) => [name, i]));
const without = <T>(items: readonly T[], index: number) => items.filter((_, i) => i !== index);

/** A script by a fault, a step or a kind simpler, the most promising first. */
function* simpler(script: Script): Iterable<Script> {
  const { faults, steps } = script;
  for (let i = faults.length - 1; i >= 0; i--) yield { ...script, faults: without(faults, i) };
  for (let i = steps.length - 1; i >= 0; i--) yield { ...script, steps: without(steps, i) };
  for (const [i, fault] of faults.entries()) {
    for (const plainer of plainerThan(fault)) yield { ...script, faults: faults.with(i, plainer) };
  }
}

/** The same fault earlier, or a plainer one in its place. */
function* plainerThan(fault: Fault): Iterable<Fault> {
  for (let occurrence = 1; occurrence < fault.occurrence; occurrence++) yield { ...fault, occurrence };
  for (const { name, site } of faultKinds) {
    if (site !== siteOf(fault)) continue;
    if (ranks.get(name)! < ranks.get(fault.kind)!) yield { ...fault, kind: name };
  }
}

function siteOf({ kind }: Fault): string | undefined {
  return faultKinds.find(({ name }) => name === kind)?.site;
}

/**
 * The smallest script that still fails, by taking one thing away at a time; `fails` plays it. Stops after `runsMax` plays
 * with the smallest so far.
 */
export async function shrinkScript(
  script: Script,
  fails: (candidate: Script) => Promise<boolean>,
  runsMax = 300,
): Promise<Script> {
  let smallest = script;
  let runs = 0;
  for (let progress = true; progress; ) {
    progress = false;
    for (const candidate of simpler(smallest)) {
      if (runs++ >= runsMax) return smallest;
      if (!(await fails(candidate))) continue;
      smallest = candidate;
      progress = true;
      break;
    }
  }
  return smallest;
}

import { WiredCluster, type WireRequest } from '#test/api/wire.ts';
import type { DifferenceCase, Family } from './case.ts';
import { compareAnswers } from './compare.ts';
import { families } from './families/registry.ts';

export interface Outcome {
  readonly case: DifferenceCase;
  /** What of our answer is not upstream's. */
  readonly problems: readonly string[];
}

export interface FamilyOutcome {
  readonly family: Family;
  readonly outcomes: readonly Outcome[];
}

/** Sends every case to a cluster of its own, over TLS, in order. */
export async function runDifferences(only = ''): Promise<FamilyOutcome[]> {
  await using wired = await WiredCluster.start({ controllers: [] });
  const results: FamilyOutcome[] = [];
  for (const family of families) {
    if (!family.title.toLowerCase().includes(only.toLowerCase())) continue;
    for (const request of family.setup ?? []) await prepare(wired, family, request);
    const outcomes: Outcome[] = [];
    for (const one of family.cases) {
      const answer = await wired.send(one.request);
      outcomes.push({ case: one, problems: compareAnswers(answer, one.upstream) });
    }
    results.push({ family, outcomes });
  }
  return results;
}

async function prepare(wired: WiredCluster, family: Family, request: WireRequest): Promise<void> {
  const answer = await wired.send(request);
  if (answer.status < 300) return;
  throw new Error(`${family.title}: ${request.method} ${request.path} answered ${answer.text}`);
}

/** What must not be: an unexplained difference, or an explanation of none. One line each. */
export function unexplained(results: readonly FamilyOutcome[]): string[] {
  return results.flatMap(({ family, outcomes }) =>
    outcomes.flatMap(({ case: one, problems }) => {
      const name = `${family.title}: ${one.name}`;
      if (one.differs !== undefined)
        return problems.length === 0 ? [`${name}: equal, though said to differ`] : [];
      return problems.map(problem => `${name}: ${problem}`);
    }),
  );
}

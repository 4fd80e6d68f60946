import type { Probe } from '../types.ts';
import type { ProbeOutcome } from './prober.ts';

export type ProbeKind = 'liveness' | 'readiness' | 'startup';

/** Where a probe stands: its verdict and the run of equal results that may change it. */
export interface ProbeState {
  readonly verdict: 'success' | 'failure' | 'unknown';
  readonly last: 'success' | 'failure' | undefined;
  readonly run: number;
}

export function initialState(kind: ProbeKind): ProbeState {
  const verdict = kind === 'liveness' ? 'success' : kind === 'readiness' ? 'failure' : 'unknown';
  return { verdict, last: undefined, run: 0 };
}

/** Counts one outcome; the verdict changes when enough equal ones stand in a row. */
export function judge(state: ProbeState, probe: Probe, outcome: ProbeOutcome): ProbeState {
  if (outcome.result === 'error') return state;
  const run = state.last === outcome.result ? state.run + 1 : 1;
  const threshold =
    outcome.result === 'success' ? (probe.successThreshold ?? 1) : (probe.failureThreshold ?? 3);
  return { verdict: run >= threshold ? outcome.result : state.verdict, last: outcome.result, run };
}

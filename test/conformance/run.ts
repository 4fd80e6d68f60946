import { hasUpstreamTools } from '#test/kubectl.ts';
import type { Requirement } from './list.ts';
import type { Row } from './row.ts';
import type { Target } from './target.ts';
import { Trial } from './trial.ts';

export interface Outcome {
  readonly requirement: Requirement;
  readonly result: 'passed' | 'failed' | 'not yet';
  readonly durationMs: number;
  /** The first line of what went wrong. */
  readonly error?: string;
}

export interface RunOptions {
  /** A row runs on the first that does for it. */
  readonly targets: readonly Target[];
  readonly requirements: readonly Requirement[];
  readonly rows: ReadonlyMap<string, Row>;
  /** Rows in flight at once. */
  readonly concurrency: number;
  readonly onOutcome?: (outcome: Outcome) => void;
}

/** Runs the rows of the requirements, several at a time, then one by one those that must be alone. */
export async function runRows(options: RunOptions): Promise<Outcome[]> {
  const outcomes = new Map<Requirement, Outcome>();
  const finish = (outcome: Outcome) => {
    outcomes.set(outcome.requirement, outcome);
    options.onOutcome?.(outcome);
  };
  const one = async (requirement: Requirement) => finish(await runRow(requirement, options));
  const alone = (requirement: Requirement) => options.rows.get(requirement.id)?.alone === true;
  const isSlow = (requirement: Requirement) => options.rows.get(requirement.id)?.slow === true;
  const together = options.requirements
    .filter(requirement => !alone(requirement))
    .sort((a, b) => Number(isSlow(b)) - Number(isSlow(a)));
  const worker = async () => {
    for (let next = together.shift(); next; next = together.shift()) await one(next);
  };
  await Promise.all(Array.from({ length: options.concurrency }, worker));
  for (const requirement of options.requirements.filter(alone)) await one(requirement);
  return options.requirements.map(requirement => outcomes.get(requirement)!);
}

async function runRow(requirement: Requirement, options: RunOptions): Promise<Outcome> {
  const row = options.rows.get(requirement.id);
  const target = row && options.targets.find(candidate => canRun(row, candidate));
  if (!target) return { requirement, result: 'not yet', durationMs: 0 };
  const startedAtMs = Date.now();
  const done = (result: Outcome['result'], error?: string): Outcome => {
    const durationMs = Date.now() - startedAtMs;
    return { requirement, result, durationMs, ...(error === undefined ? {} : { error }) };
  };
  try {
    await attempt(row, target);
    return done('passed');
  } catch (error) {
    return done('failed', firstLine(error));
  }
}

function canRun({ needs }: Row, target: Target): boolean {
  if (needs === 'containers') return !target.hollow;
  return needs !== 'kubectl' || hasUpstreamTools();
}

async function attempt(row: Row, target: Target): Promise<void> {
  await using trial = await Trial.open(target);
  const timeoutMs = row.timeoutMs ?? 60_000;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`took longer than ${timeoutMs / 1_000} s`)), timeoutMs);
  });
  const run = row.run(trial);
  // What goes on after the time is over fails when the trial ends; the time-out is what counts.
  run.catch(() => {});
  try {
    await Promise.race([run, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** One line for the ledger: the server's message where there is one. */
export function firstLine(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const text = serverMessage((error as { body?: unknown }).body) ?? error.message;
  const lines = text.split('\n').filter(line => line.trim() !== '');
  return lines.slice(0, 2).join(' ').slice(0, 200);
}

function serverMessage(body: unknown): string | undefined {
  if (typeof body !== 'string') return (body as { message?: string } | undefined)?.message;
  try {
    return (JSON.parse(body) as { message?: string }).message;
  } catch {
    return undefined;
  }
}

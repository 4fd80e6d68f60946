import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Report } from './run.ts';

/** A report as it comes from a worker: how long it took is told beside it, for it is no part of what happened. */
export interface TimedReport {
  readonly report: Report;
  readonly realMs: number;
}

/**
 * Runs seeds on every core and calls `onReport` as each is through, in no set order. A seed that brings its worker down
 * has the failure as its problem, and the worker's other seeds go on in a new one.
 */
export async function fanOut(
  seeds: readonly number[],
  onReport: (timed: TimedReport) => void,
  workers = availableParallelism(),
): Promise<void> {
  const left = [...seeds];
  const lanes = Array.from({ length: Math.min(workers, seeds.length) }, async () => {
    while (left.length > 0) await drain(left, onReport);
  });
  await Promise.all(lanes);
}

/** One worker, until there are no seeds left or it breaks. */
function drain(left: number[], onReport: (timed: TimedReport) => void): Promise<void> {
  return new Promise(resolve => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url));
    let seed: number | undefined;
    const next = () => {
      seed = left.shift();
      if (seed === undefined) void worker.terminate();
      else worker.postMessage(seed);
    };
    worker.on('message', (timed: TimedReport) => {
      onReport(timed);
      next();
    });
    worker.on('error', error => {
      if (seed !== undefined) onReport({ report: brokenReport(seed, error), realMs: 0 });
    });
    worker.on('exit', () => resolve());
    next();
  });
}

function brokenReport(seed: number, error: unknown): Report {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { seed, problems: [`the run broke off: ${text}`], transcript: '', virtualSeconds: 0 };
}

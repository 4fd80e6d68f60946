import type { JobSpec } from '../../generated/types/batch.v1.ts';
import { templateWarnings } from '../../core/pod/warnings.ts';

const completionsMax = 100_000;
const parallelismMax = 10_000;
const tooMany =
  'In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail';

/** What is to be said of a job's spec, its own or that of a CronJob's template. */
export function jobSpecWarnings(path: string, spec: JobSpec | undefined): string[] {
  const { completionMode, completions = 0, parallelism = 0, template } = spec ?? {};
  const isLarge =
    completionMode === 'Indexed' && completions > completionsMax && parallelism > parallelismMax;
  return [...(isLarge ? [`${path}: ${tooMany}`] : []), ...templateWarnings(`${path}.template`, template)];
}

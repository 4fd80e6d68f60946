import type { Breathe } from '#base/time-slice.ts';

// Large enough to keep an API server busy, small enough to let the event loop turn in between.
const batchMax = 16;

/**
 * Calls `create` `count` times in batches of 1, 2, 4, … 16 at a time, and stops after the first batch with a failure, so
 * that a request that cannot succeed is not made a thousand times; `breathe` runs between them. (KCM's slowStartBatch)
 */
export async function slowStart(
  count: number,
  create: (index: number) => Promise<void>,
  breathe: Breathe = () => undefined,
): Promise<{ readonly succeeded: number; readonly error: unknown }> {
  let succeeded = 0;
  let next = 0;
  for (let size = Math.min(count, 1); size > 0; size = Math.min(2 * size, batchMax, count - next)) {
    const batch = Array.from({ length: size }, (_, i) => create(next + i));
    next += size;
    const results = await Promise.allSettled(batch);
    const failed = results.find(result => result.status === 'rejected');
    succeeded += results.filter(result => result.status === 'fulfilled').length;
    if (failed) return { succeeded, error: failed.reason };
    await breathe();
  }
  return { succeeded, error: undefined };
}

import type { Clock } from '#base/clock.ts';

/** What `work` comes to; rejects, and aborts its signal, where it takes longer. What answers at once costs no timer. */
export async function within<T>(
  clock: Clock,
  timeoutMs: number,
  work: (signal: AbortSignal) => T | Promise<T>,
): Promise<T> {
  const abort = new AbortController();
  const answer = work(abort.signal);
  if (!(answer instanceof Promise)) return answer;
  const { promise, reject } = Promise.withResolvers<never>();
  using _timer = clock.after(timeoutMs, () => {
    const error = new Error(`no answer within ${timeoutMs} ms`);
    abort.abort(error);
    reject(error);
  });
  return await Promise.race([answer, promise]);
}

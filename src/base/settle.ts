/**
 * Goes on with what `work` comes to: at once where it comes at once, for a promise costs as much as a short answer.
 * `failed` hears what `work` throws or rejects with, and throws in its turn; it hears nothing of what `done` does.
 */
export function settle<T, R>(
  work: () => T | Promise<T>,
  done: (value: T) => R | Promise<R>,
  failed: (error: unknown) => R,
): R | Promise<R> {
  let value: T | Promise<T>;
  try {
    value = work();
  } catch (error) {
    return failed(error);
  }
  return value instanceof Promise ? value.then(done, failed) : done(value);
}

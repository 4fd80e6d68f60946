/** Thrown by `assert`: our own mistake, never the caller's. It stays on in production. */
export class BugError extends Error {
  override readonly name = 'BugError';
}

/** States an invariant. Expected failures are StatusErrors, not asserts. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new BugError(message);
}

/** Marks a branch that the types say cannot be reached. */
export function unreachable(value: never): never {
  throw new BugError(`unreachable: ${String(value)}`);
}

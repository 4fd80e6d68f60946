/** A container could not be started: `reason` and message are what the API shows in `state.waiting`. */
export class StartError extends Error {
  override readonly name = 'StartError';
  readonly reason: string;
  /** When another try makes sense; undefined: with the worker's own back-off. */
  readonly retryAtMs: number | undefined;

  constructor(reason: string, message: string, retryAtMs?: number) {
    super(message);
    this.reason = reason;
    this.retryAtMs = retryAtMs;
  }
}

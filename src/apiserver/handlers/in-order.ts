/** Who falls behind by more starts again. */
const waitingMax = 10_000;

/** Does work in the order in which it came, at once where nothing before it waits. After a failure it does no more. */
export class InOrder {
  readonly #failed: (error: unknown) => void;
  #last: Promise<void> | undefined;
  #over = false;
  #waiting = 0;

  constructor(failed: (error: unknown) => void) {
    this.#failed = failed;
  }

  /** Nothing waits: what comes now is done at once. */
  get isIdle(): boolean {
    return this.#last === undefined && !this.#over;
  }

  do(work: () => void | Promise<void>): void {
    if (this.#over) return;
    if (this.#last) {
      this.#wait(this.#last, work);
      return;
    }
    try {
      const pending = work();
      if (pending) this.#follow(pending);
    } catch (error) {
      this.#fail(error);
    }
  }

  #wait(last: Promise<void>, work: () => void | Promise<void>): void {
    if (++this.#waiting > waitingMax) {
      this.#fail(new Error(`more than ${waitingMax} changes wait to be told`));
      return;
    }
    this.#follow(
      last.then(() => {
        this.#waiting--;
        return this.#over ? undefined : work();
      }),
    );
  }

  #follow(pending: Promise<void>): void {
    const last: Promise<void> = pending.then(
      () => {
        if (this.#last === last) this.#last = undefined;
      },
      error => this.#fail(error),
    );
    this.#last = last;
  }

  #fail(error: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.#failed(error);
  }
}

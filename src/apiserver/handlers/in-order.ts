/** Does work in the order in which it came, at once where nothing before it waits. After a failure it does no more. */
export class InOrder {
  readonly #failed: (error: unknown) => void;
  #last: Promise<void> | undefined;
  #over = false;

  constructor(failed: (error: unknown) => void) {
    this.#failed = failed;
  }

  do(work: () => void | Promise<void>): void {
    if (this.#over) return;
    if (this.#last) {
      this.#follow(this.#last.then(() => (this.#over ? undefined : work())));
      return;
    }
    try {
      const pending = work();
      if (pending) this.#follow(pending);
    } catch (error) {
      this.#fail(error);
    }
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

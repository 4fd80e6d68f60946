import type { Attributes, Authorizer, Decision } from '../identity.ts';

/** More than expressions can ask within their budgets, one question after the other. */
const roundsMax = 1000;

/** Answers at once what is known, and remembers what somebody else has to be asked. */
class Answers implements Authorizer {
  readonly #authorizer: Authorizer;
  readonly #known = new Map<string, Decision>();
  readonly #asked = new Map<string, Promise<Decision>>();

  constructor(authorizer: Authorizer) {
    this.#authorizer = authorizer;
  }

  authorize(attributes: Attributes): Decision | Promise<Decision> {
    const key = JSON.stringify(attributes);
    const known = this.#known.get(key) ?? this.#asked.get(key);
    if (known) return known;
    const decision = this.#authorizer.authorize(attributes);
    if (decision instanceof Promise) this.#asked.set(key, decision);
    else this.#known.set(key, decision);
    return decision;
  }

  get isWaiting(): boolean {
    return this.#asked.size > 0;
  }

  async wait(): Promise<void> {
    for (const [key, asked] of this.#asked) {
      const failed = (error: Error): Decision => ({ decision: 'none', reason: '', error: error.message });
      this.#known.set(key, await asked.catch(failed));
    }
    this.#asked.clear();
  }
}

/**
 * What expressions come to that may ask an authorizer. They do not wait: where one asks what is not known yet, such as what a
 * webhook has to be asked, they are evaluated again once it is.
 */
export function answered<T>(authorizer: Authorizer, evaluate: (authorizer: Authorizer) => T): T | Promise<T> {
  const answers = new Answers(authorizer);
  const come = attempt(() => evaluate(answers));
  return answers.isWaiting ? again(answers, evaluate) : come();
}

async function again<T>(answers: Answers, evaluate: (authorizer: Authorizer) => T): Promise<T> {
  for (let round = 0; ; round++) {
    await answers.wait();
    const come = attempt(() => evaluate(answers));
    if (!answers.isWaiting || round === roundsMax) return come();
  }
}

/** What `work` came to, should that count. */
function attempt<T>(work: () => T): () => T {
  try {
    const value = work();
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

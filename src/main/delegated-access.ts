/**
 * Who may read what a component serves: asked of the API server, by TokenReviews and SubjectAccessReviews, as upstream's
 * components do. Whoever is not allowed is refused, and so is everybody while the API server does not answer.
 */
import { subjectAccessReviews, tokenReviews } from '#api/generated/refs.ts';
import type { SubjectAccessReviewSpec } from '#api/generated/types/authorization.v1.ts';
import type { Clock } from '#base/clock.ts';
import { RecentCache } from '#base/recent-cache.ts';
import type { Client } from '#client/client.ts';

export interface Caller {
  readonly username: string;
  readonly uid?: string | undefined;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>> | undefined;
}

/** What somebody may or may not do. */
export type Attributes = Pick<SubjectAccessReviewSpec, 'resourceAttributes' | 'nonResourceAttributes'>;

export interface DelegatedAccessOptions {
  readonly clock: Clock;
  /** Asked who a bearer of a token is. */
  readonly authentication: Client;
  /** Asked what somebody may do. */
  readonly authorization: Client;
  /** Paths that anybody may read; '/*' at the end of one is all below it. */
  readonly openPaths: readonly string[];
}

const anonymous: Caller = { username: 'system:anonymous', groups: ['system:unauthenticated'] };
/** May read everything, without asking. */
const masters = 'system:masters';
/** For how long an answer holds. */
const answerMs = 10_000;
const answersKept = 1024;

interface Answer<T> {
  readonly value: Promise<T>;
  readonly untilMs: number;
}

export class DelegatedAccess {
  readonly #options: DelegatedAccessOptions;
  readonly #callers = new RecentCache<string, Answer<Caller | undefined>>(answersKept);
  readonly #verdicts = new RecentCache<string, Answer<boolean>>(answersKept);

  constructor(options: DelegatedAccessOptions) {
    this.#options = options;
  }

  isOpen(path: string): boolean {
    return this.#options.openPaths.some(open =>
      open.endsWith('/*') ? path.startsWith(open.slice(0, -1)) : path === open,
    );
  }

  /** The holder of a token; nobody in particular without one; undefined where the token is nobody's. */
  caller(token: string | undefined): Promise<Caller | undefined> {
    if (token === undefined) return Promise.resolve(anonymous);
    return this.#once(this.#callers, token, () => this.#review(token));
  }

  /** `verb` is the request's method in lower case. */
  mayRead(caller: Caller, verb: string, path: string): Promise<boolean> {
    return this.may(caller, { nonResourceAttributes: { verb, path } });
  }

  async may(caller: Caller, attributes: Attributes): Promise<boolean> {
    if (caller.groups.includes(masters)) return true;
    const key = JSON.stringify([caller, attributes]);
    return this.#once(this.#verdicts, key, () => this.#ask(caller, attributes));
  }

  async #review(token: string): Promise<Caller | undefined> {
    const { status } = await this.#options.authentication.create(tokenReviews, { spec: { token } });
    if (!status?.authenticated) return undefined;
    const { username = '', uid, groups = [], extra } = status.user ?? {};
    return { username, uid, groups: [...groups, 'system:authenticated'], extra };
  }

  async #ask({ username, uid, groups, extra }: Caller, attributes: Attributes): Promise<boolean> {
    const spec = {
      user: username,
      groups: [...new Set(groups)],
      ...(uid ? { uid } : {}),
      ...(extra ? { extra: extra as Record<string, string[]> } : {}),
      ...attributes,
    };
    const { status } = await this.#options.authorization.create(subjectAccessReviews, { spec });
    return status?.allowed === true && !status.denied;
  }

  /** Answers are kept for a while; failures are not. */
  #once<T>(cache: RecentCache<string, Answer<T>>, key: string, ask: () => Promise<T>): Promise<T> {
    const now = this.#options.clock.monotonicMs();
    const known = cache.get(key);
    if (known && known.untilMs > now) return known.value;
    const value = ask();
    const answer = { value, untilMs: now + answerMs };
    cache.set(key, answer);
    value.catch(() => cache.set(key, { ...answer, untilMs: 0 }));
    return value;
  }
}

import { CounterFamily, type MetricFamily } from '#base/metric-families.ts';
import type { Decision } from '../identity.ts';

/** Users that are told by their names; of all others only what they look like. */
const namedUsers = new Set([
  'admin',
  'client',
  'kube_proxy',
  'kubelet',
  'system:serviceaccount:kube-system:default',
]);

/** What became of requests before anybody looked at what they ask, under upstream's names. */
export class AccessMetrics {
  readonly #users = new CounterFamily({
    name: 'authenticated_user_requests',
    help: 'Requests of whom the server knows, by who that is.',
    stability: 'ALPHA',
  });
  readonly #authentications = new CounterFamily({
    name: 'authentication_attempts',
    help: 'Attempts to find out who asks, by what came of them.',
    stability: 'ALPHA',
  });
  readonly #authorizations = new CounterFamily({
    name: 'authorization_attempts_total',
    help: 'Questions whether somebody may do something, by the answer.',
    stability: 'ALPHA',
  });
  readonly #userCounts = new Map<string, () => void>();
  readonly #known = this.#authentications.of({ result: 'success' });
  readonly #answers: Readonly<Record<Decision['decision'], () => void>> = {
    allow: this.#authorizations.of({ result: 'allowed' }),
    deny: this.#authorizations.of({ result: 'denied' }),
    none: this.#authorizations.of({ result: 'no-opinion' }),
  };
  readonly families: readonly MetricFamily[] = [this.#users, this.#authentications, this.#authorizations];

  /** A request of this user, or of who acts as this user. */
  authenticated(username: string): void {
    this.#known();
    const shown = namedUsers.has(username) ? username : username.includes('@') ? 'email_id' : 'other';
    let count = this.#userCounts.get(shown);
    if (!count) {
      count = this.#users.of({ username: shown });
      this.#userCounts.set(shown, count);
    }
    count();
  }

  /** A request of nobody (`failure`), or with something that proves nothing (`error`). */
  unauthenticated(result: 'failure' | 'error'): void {
    this.#authentications.add({ result });
  }

  authorized(decision: Decision['decision']): void {
    this.#answers[decision]();
  }
}

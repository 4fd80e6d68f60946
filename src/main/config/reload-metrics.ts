import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { serverIdentity } from '#apiserver/bootstrap/identity-lease.ts';
import {
  CounterFamily,
  type Labels,
  type MetricFamily,
  SampledFamily,
  type Stability,
} from '#base/metric-families.ts';

/** How upstream puts it for each configuration. */
const kinds = {
  authentication: {
    stability: 'BETA',
    reloads: 'automatic reloads',
    last: 'automatic reload',
    by: 'status and ',
  },
  authorization: {
    stability: 'BETA',
    reloads: 'automatic reloads',
    last: 'automatic reload',
    by: 'status and ',
  },
  encryption: {
    stability: 'ALPHA',
    reloads: 'reload successes and failures',
    last: 'successful or failed automatic reload',
    by: '',
  },
} as const satisfies Readonly<
  Record<string, { stability: Stability; reloads: string; last: string; by: string }>
>;

export type ReloadedKind = keyof typeof kinds;

function hashOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

/** How it went to take over a configuration that was changed while the server ran, under upstream's names. */
export class ReloadMetrics {
  readonly #server: Labels = { apiserver_id_hash: hashOf(serverIdentity(hostname())) };
  readonly #total: CounterFamily;
  readonly #lastSeconds = new Map<'success' | 'failure', number>();
  #hash = '';
  readonly families: readonly MetricFamily[];

  constructor(kind: ReloadedKind) {
    const { stability, reloads, last, by } = kinds[kind];
    const named = (name: string, help: string, standing: Stability = stability) => ({
      name: `apiserver_${kind}_config_controller_${name}`,
      help,
      stability: standing,
    });
    const configuration = `${kind} configuration`;
    this.#total = new CounterFamily(
      named(
        'automatic_reloads_total',
        `Total number of ${reloads} of ${configuration} split by ${by}apiserver identity.`,
      ),
    );
    this.families = [
      this.#total,
      new SampledFamily(
        named(
          'automatic_reload_last_timestamp_seconds',
          `Timestamp of the last ${last} of ${configuration} split by ${by}apiserver identity.`,
        ),
        () => Array.from(this.#lastSeconds, ([status, seconds]) => [{ status, ...this.#server }, seconds]),
      ),
      new SampledFamily(
        named(
          'last_config_info',
          `Information about the last applied ${configuration} with hash as label, split by apiserver identity.`,
          'ALPHA',
        ),
        () => [[{ ...this.#server, hash: this.#hash }, 1]],
      ),
    ];
  }

  /** This is what the server goes by. */
  holds(text: string): void {
    this.#hash = hashOf(text);
  }

  count(status: 'success' | 'failure'): void {
    this.#total.add({ status, ...this.#server });
    this.#lastSeconds.set(status, Date.now() / 1000);
  }
}

import type { Node } from '#api/generated/types/core.v1.ts';
import { type Clock, toRfc3339 } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import { metricsContentType, metricsText, SampledFamily } from '#base/metric-families.ts';
import type { HealthAnswer, HealthSockets } from './health-checks.ts';

/** As kube-proxy has them: the first for load balancers that ask each node, the second for the node itself. */
const healthPort = 10_256;
const statusPort = 10_249;
const loopback = '127.0.0.1';

/** Changes that wait for longer than this are a fault. */
const lagMsMax = 60_000;
const leavingTaint = 'ToBeDeletedByClusterAutoscaler';

export interface OwnHealthOptions {
  readonly sockets: HealthSockets;
  readonly clock: Clock;
  readonly log: Log;
  /** Those that are proxied. */
  readonly families: readonly { readonly name: string }[];
  /** The node that is proxied for. */
  readonly node: () => Node | undefined;
}

/**
 * Tells how the proxy itself is: /healthz, which fails as well when the node is about to go (KEP-3836), /livez, /proxyMode and
 * /metrics. A port that another proxy of this machine has is left to it.
 */
export class OwnHealth implements AsyncDisposable {
  readonly #options: OwnHealthOptions;
  readonly #listeners: readonly Promise<AsyncDisposable | undefined>[];
  #waitingSinceMs: number | undefined;
  #appliedAtMs: number;

  constructor(options: OwnHealthOptions) {
    this.#options = options;
    this.#appliedAtMs = options.clock.now();
    this.#listeners = [
      this.#listen(healthPort, path => this.#health(path)),
      this.#listen(statusPort, path => this.#status(path), loopback),
    ];
  }

  /** Something waits to be applied. */
  waits(): void {
    this.#waitingSinceMs ??= this.#options.clock.now();
  }

  /** All that waited has been applied. */
  applied(): void {
    this.#waitingSinceMs = undefined;
    this.#appliedAtMs = this.#options.clock.now();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const listener of this.#listeners) await (await listener)?.[Symbol.asyncDispose]();
  }

  #listen(
    port: number,
    answer: (path: string) => HealthAnswer | undefined,
    host?: string,
  ): Promise<AsyncDisposable | undefined> {
    const { sockets, log } = this.#options;
    return sockets
      .listen(port, path => answer(path) ?? text(404, '404 page not found\n'), host)
      .catch((error: unknown) => {
        log.info("the proxy's own port is taken", { port, error: String(error) });
        return undefined;
      });
  }

  #health(path: string): HealthAnswer | undefined {
    if (path !== '/healthz' && path !== '/livez') return undefined;
    const now = this.#options.clock.now();
    const since = this.#waitingSinceMs;
    const healthy = since === undefined || now - since < lagMsMax;
    const nodeEligible = this.#isEligible();
    const lastUpdated = toRfc3339(healthy ? now : this.#appliedAtMs);
    const well = healthy && (path === '/livez' || nodeEligible);
    return {
      status: well ? 200 : 503,
      headers: { 'content-type': 'application/json', 'x-content-type-options': 'nosniff' },
      body: JSON.stringify({ lastUpdated, currentTime: toRfc3339(now), nodeEligible }),
    };
  }

  #isEligible(): boolean {
    const node = this.#options.node();
    return (
      !node?.metadata.deletionTimestamp && !node?.spec?.taints?.some(taint => taint.key === leavingTaint)
    );
  }

  #status(path: string): HealthAnswer | undefined {
    if (path === '/healthz') return text(200, 'ok');
    if (path === '/proxyMode') return text(200, 'nftables');
    if (path !== '/metrics') return undefined;
    const applied = new SampledFamily(
      {
        name: 'kubeproxy_sync_proxy_rules_last_timestamp_seconds',
        help: 'When the rules were last brought up to date.',
        stability: 'ALPHA',
      },
      () => this.#options.families.map(({ name }) => [{ ip_family: name }, this.#appliedAtMs / 1_000]),
    );
    return { status: 200, headers: { 'content-type': metricsContentType }, body: metricsText([applied]) };
  }
}

function text(status: 200 | 404, body: string): HealthAnswer {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body };
}

import { nodes } from '#api/generated/refs.ts';
import type { Lease } from '#api/generated/types/coordination.v1.ts';
import { type Clock, sleep } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import type { Client } from '#client/client.ts';
import type { EventType } from '#client/events.ts';
import { hasReason } from '#machinery/status.ts';
import { canonicalJson } from '../same.ts';
import type { Node } from '../types.ts';
import { conditionNews, type NodeNews, rebootNews } from './node-news.ts';
import { leaseDurationSeconds, nodeLease, renewNodeLease } from './lease.ts';
import { type NodeFacts, type NodeHealth, nodeLabels, nodeObject, nodeStatus } from './node-object.ts';

export interface NodeAgentOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly log: Log;
  /** Both are asked anew for every report. */
  readonly facts: () => Promise<NodeFacts>;
  readonly health: () => Promise<NodeHealth>;
  /** Tells an event about the node. */
  readonly tell: (type: EventType, reason: string, message: string) => void;
}

const leasePeriodMs = 10_000;
const statusPeriodMs = 10_000;
const reportPeriodMs = 300_000;
const retryMs = 1_000;
const unreadyPollMs = 200;
const attemptsMax = 5;

/** What a report says, heartbeats aside. */
function essence(status: Node['status']): string {
  const conditions = status?.conditions?.map(({ lastHeartbeatTime: _, ...condition }) => condition);
  return canonicalJson({ ...status, conditions });
}

/** Registers this machine as a node and keeps its status and lease fresh. */
export class NodeAgent implements Disposable {
  readonly #options: NodeAgentOptions;
  readonly #abort = new AbortController();
  readonly #registered = Promise.withResolvers<void>();
  #node: Node | undefined;
  #lease: Lease | undefined;
  #reportedAtMs = Number.NEGATIVE_INFINITY;
  /** One after the other, so that an old one never overtakes. */
  #reporting: Promise<void> = Promise.resolve();
  #ready = false;
  #hasTold = false;
  #unschedulable = false;

  constructor(options: NodeAgentOptions) {
    this.#options = options;
  }

  /** The node's object as last read or written. */
  get node(): Node | undefined {
    return this.#node;
  }

  /** The node's object as it stands now. */
  async refresh(): Promise<Node | undefined> {
    if (this.#node) this.#node = await this.#fetch(this.#node.metadata.name!);
    return this.#node;
  }

  /** Reports without waiting for its turn. Rejects where the API does not take it: the next turn tries again. */
  report(): Promise<void> {
    const report = this.#reporting.then(() => this.#reportAgain());
    this.#reporting = report.catch(() => {});
    return report;
  }

  /** Resolves when the node is registered. */
  start(): Promise<void> {
    void this.#loop(
      () => this.report(),
      () => (this.#ready ? statusPeriodMs : unreadyPollMs),
    );
    void this.#registered.promise.then(() =>
      this.#loop(
        () => this.#renew(),
        () => leasePeriodMs,
      ),
    );
    return this.#registered.promise;
  }

  [Symbol.dispose](): void {
    this.#abort.abort();
  }

  async #loop(step: () => Promise<void>, periodMs: () => number): Promise<void> {
    const { clock, log } = this.#options;
    const { signal } = this.#abort;
    while (!signal.aborted) {
      let waitMs: number;
      try {
        await step();
        waitMs = periodMs();
      } catch (error) {
        waitMs = retryMs;
        if (!signal.aborted) log.warn('the node could not report', { error: String(error) });
      }
      await sleep(clock, waitMs, signal).catch(() => {});
    }
  }

  /** Who else writes to the node's object may come in between. */
  async #reportAgain(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#report();
        return;
      } catch (error) {
        if (!hasReason(error, 'Conflict') || attempt >= attemptsMax) throw error;
      }
    }
  }

  async #report(): Promise<void> {
    const { client, clock, facts, health } = this.#options;
    const [fresh, state] = await Promise.all([facts(), health()]);
    const live =
      (await this.#fetch(fresh.name)) ?? (await client.create(nodes, nodeObject(fresh, state, clock.now())));
    await this.#update(live, fresh, state);
    this.#ready = state.notReady.length === 0;
    this.#registered.resolve();
  }

  async #fetch(name: string): Promise<Node | undefined> {
    try {
      return await this.#options.client.get(nodes, '', name);
    } catch (error) {
      if (hasReason(error, 'NotFound')) return undefined;
      throw error;
    }
  }

  async #update(live: Node, facts: NodeFacts, health: NodeHealth): Promise<void> {
    const { client, clock } = this.#options;
    const first = this.#node === undefined;
    let node = live;
    if (first) node = await this.#adopt(live, facts);
    const status = nodeStatus(facts, node.status, health, clock.now());
    const due = clock.monotonicMs() - this.#reportedAtMs >= reportPeriodMs;
    this.#node = node;
    if (due || essence(status) !== essence(node.status)) {
      this.#node = await client.updateStatus(nodes, { ...node, status });
      this.#reportedAtMs = clock.monotonicMs();
    }
    const news = [
      // A kubelet that starts tells of pressures as if the node were new.
      ...(this.#hasTold ? [] : conditionNews(undefined, status.conditions)),
      ...conditionNews(node.status?.conditions, status.conditions),
      ...rebootNews(facts, node.status),
      ...this.#scheduling(node),
    ];
    for (const one of news) this.#tell(facts.name, one);
    this.#hasTold = true;
  }

  #scheduling({ spec }: Node): NodeNews[] {
    const unschedulable = spec?.unschedulable ?? false;
    if (unschedulable === this.#unschedulable) return [];
    this.#unschedulable = unschedulable;
    return [{ reason: unschedulable ? 'NodeNotSchedulable' : 'NodeSchedulable' }];
  }

  #tell(name: string, { type = 'Normal', reason, message }: NodeNews): void {
    this.#options.tell(type, reason, message ?? `Node ${name} status is now: ${reason}`);
  }

  /** A node that an earlier life registered: its labels may be out of date. */
  async #adopt(live: Node, facts: NodeFacts): Promise<Node> {
    const wanted = nodeLabels(facts);
    const { labels = {} } = live.metadata;
    if (Object.entries(wanted).every(([key, value]) => labels[key] === value)) return live;
    return this.#options.client.patch(nodes, '', facts.name, 'merge', { metadata: { labels: wanted } });
  }

  async #renew(): Promise<void> {
    const { client, clock } = this.#options;
    const { name, uid } = this.#node!.metadata;
    const held = this.#lease;
    this.#lease = undefined;
    this.#lease = await renewNodeLease(
      client,
      held,
      nodeLease(name!, uid, leaseDurationSeconds, clock.now()),
    );
  }
}

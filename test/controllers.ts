/** For tests alone: a whole cluster in this process, on virtual time, with what tests ask of it. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { events, pods, serviceAccounts } from '#api/generated/refs.ts';
import type { Pod, PodTemplateSpec } from '#api/generated/types/core.v1.ts';
import { type Log, silentLog } from '#base/log.ts';
import { metricsText } from '#base/metric-families.ts';
import { VirtualClock } from '#base/virtual-clock.ts';
import type { Client } from '#client/client.ts';
import type { ControlPlane } from '#main/control-plane.ts';
import { startCluster, type StartClusterOptions } from '#main/embedded.ts';

const settle = () => new Promise<void>(resolve => setImmediate(resolve));

export interface TestCluster {
  readonly client: Client;
  readonly clock: VirtualClock;
  readonly controlPlane: ControlPlane;
  /** Moves time until `condition` holds; fails after five minutes of it. */
  until(what: string, condition: () => Promise<boolean>): Promise<void>;
  /** The names of the pods in 'default', or those of them that `where` holds for. */
  podsWhere(where?: (pod: Pod) => boolean): Promise<Pod[]>;
  /** 'Reason: message' of the events about an object, oldest first. */
  eventsOf(name: string): Promise<string[]>;
  /** The lines of what is told of a metric, without its help. */
  metric(name: string): string[];
}

/** Starts one with two hollow nodes, and stops it after the test. `account`: waits for the default service account. */
export async function testCluster(
  t: TestContext,
  log: Log = silentLog,
  { account = true, ...options }: StartClusterOptions & { readonly account?: boolean } = {},
): Promise<TestCluster> {
  const clock = new VirtualClock(settle);
  const cluster = await startCluster({ clock, seed: 7, nodes: 2, log, ...options });
  t.after(() => cluster.stop());
  const { client } = cluster;
  const until = async (what: string, condition: () => Promise<boolean>) => {
    assert.ok(await clock.advanceUntil(condition, 300_000), `not within five minutes: ${what}`);
  };
  const hasAccount = async () => (await client.list(serviceAccounts, 'default')).items.length > 0;
  if (account) await until('the default account', hasAccount);
  return {
    client,
    clock,
    controlPlane: cluster.controlPlane,
    until,
    podsWhere: async (where = () => true) => (await client.list(pods, 'default')).items.filter(where),
    metric: name => {
      const lines = metricsText(cluster.controlPlane.metrics()).split('\n');
      return lines.filter(line => new RegExp(`^${name}[{ ]`).test(line));
    },
    eventsOf: async name => {
      const { items } = await client.list(events, 'default');
      return items
        .filter(event => event.involvedObject.name === name)
        .map(event => `${event.reason}: ${event.message}`);
    },
  };
}

/** A template of one container with the label app=`app`, on a hollow node: no scheduler has a part in these tests. */
export function template(app: string, image = 'app:1', spec: Partial<Pod['spec']> = {}): PodTemplateSpec {
  return {
    metadata: { labels: { app } },
    spec: { nodeName: 'hollow-0', ...spec, containers: [{ name: 'main', image }] },
  };
}

export function imageOf(pod: Pod): string | undefined {
  return pod.spec?.containers[0]?.image;
}

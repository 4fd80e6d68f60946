import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  apiServices,
  deployments,
  endpointSlices,
  horizontalPodAutoscalers,
  services,
} from '#api/generated/refs.ts';
import type { Client } from '#client/client.ts';
import { startCluster } from '#main/embedded.ts';
import { networkAddress } from '#main/node-address.ts';
import { createVirtualClock } from '#main/virtual-time.ts';
import { MetricsServer } from './metrics-server.ts';

const namespace = 'default';
const group = 'external.metrics.k8s.io';

async function workload(client: Client): Promise<void> {
  const labels = { app: 'web' };
  const containers = [{ name: 'main', image: 'i' }];
  await client.create(deployments, {
    metadata: { namespace, name: 'web' },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers } },
    },
  });
  await client.create(horizontalPodAutoscalers, {
    metadata: { namespace, name: 'web' },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      maxReplicas: 5,
      metrics: [
        {
          type: 'External',
          external: {
            metric: { name: 'queue depth', selector: { matchLabels: { queue: 'jobs' } } },
            target: { type: 'AverageValue', averageValue: '10' },
          },
        },
      ],
    },
  });
}

async function register(client: Client): Promise<void> {
  await client.create(apiServices, {
    metadata: { name: `v1beta1.${group}` },
    spec: {
      group,
      version: 'v1beta1',
      groupPriorityMinimum: 100,
      versionPriority: 100,
      insecureSkipTLSVerify: true,
      service: { namespace, name: 'metrics' },
    },
  });
}

async function publish(client: Client, address: string, port: number): Promise<void> {
  await client.create(services, {
    metadata: { namespace, name: 'metrics' },
    spec: { ports: [{ name: 'https', port: 443, protocol: 'TCP' }] },
  });
  await client.create(endpointSlices, {
    metadata: { namespace, name: 'metrics', labels: { 'kubernetes.io/service-name': 'metrics' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [address], conditions: { ready: true } }],
    ports: [{ name: 'https', port }],
  });
}

test('an autoscaler reads what an extension API server measures', async t => {
  const clock = createVirtualClock();
  const address = networkAddress();
  const answer = () => ({ kind: 'ExternalMetricValueList', items: [{ value: '31' }] });
  const metrics = await MetricsServer.start(address, `${group}/v1beta1`, answer);
  t.after(() => metrics[Symbol.asyncDispose]());
  const cluster = await startCluster({ clock, seed: 7 });
  t.after(() => cluster.stop());
  const { client } = cluster;
  /** Sockets take real time, everything else takes the clock's. */
  const until = async (what: string, isSo: () => Promise<boolean>) => {
    for (let tries = 0; tries < 1000; tries++) {
      if (await isSo()) return;
      await clock.advance(500);
      await sleep(5);
    }
    assert.fail(`timed out waiting for ${what}`);
  };
  await workload(client);
  const active = async () => {
    const { status } = await client.get(horizontalPodAutoscalers, namespace, 'web');
    return status?.conditions?.find(({ type }) => type === 'ScalingActive');
  };
  const fails = (text: string) =>
    until(text, async () => {
      const { reason, message } = (await active()) ?? {};
      const what = `(get queue depth.${group})`;
      return reason === 'FailedGetExternalMetric' && (message?.endsWith(`${text} ${what}`) ?? false);
    });
  await fails('the server could not find the requested resource');
  await register(client);
  await fails('the server is currently unable to handle the request');
  await publish(client, address, metrics.port);
  await until('four replicas', async () => {
    const { spec } = await client.get(deployments, namespace, 'web');
    return spec?.replicas === 4;
  });
  assert.equal((await active())?.reason, 'ValidMetricFound');
  const asked = `/apis/${group}/v1beta1/namespaces/${namespace}/queue%20depth?labelSelector=queue%3Djobs`;
  assert.equal(metrics.asked.at(-1), asked);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient } from '#client/client.ts';
import type { Transport, TransportRequest } from '#client/transport.ts';
import { StatusError } from '#machinery/status.ts';
import { MetricsClient } from './metrics-client.ts';

/** A client of a server that answers by what `answer` says, and refuses what it does not know. */
function metricsClient(answer: (request: TransportRequest) => unknown): MetricsClient {
  const transport = {
    request: async (request: TransportRequest) => ({ status: 200, headers: {}, body: answer(request) }),
  } as unknown as Transport;
  return new MetricsClient(createClient(transport), async (group, kind) => `${kind.toLowerCase()}s.${group}`);
}

function refuse(code: number, message: string): never {
  throw new StatusError({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, code });
}

const podMetrics = (name: string, containers: { name: string; usage: Record<string, string> }[]) => ({
  metadata: { namespace: 'default', name },
  timestamp: '2026-01-01T00:00:30Z',
  window: '1m30.5s',
  containers,
});

test("a pod's use is the sum of its containers', and is unknown where one is missing", async () => {
  const items = [
    podMetrics('whole', [
      { name: 'main', usage: { cpu: '100m' } },
      { name: 'side', usage: { cpu: '1500u' } },
    ]),
    podMetrics('half', [
      { name: 'main', usage: { cpu: '1' } },
      { name: 'side', usage: {} },
    ]),
    podMetrics('none', []),
  ];
  const client = metricsClient(() => ({ items }));
  const atMs = Date.parse('2026-01-01T00:00:30Z');
  assert.deepEqual(
    [...(await client.resource('cpu', 'default', '', ''))],
    [['whole', { value: 102, atMs, windowMs: 90_500 }]],
  );
  await assert.rejects(client.resource('cpu', 'default', '', 'main'), {
    message: 'failed to get container metrics: container main not present in metrics for pod default/none',
  });
  const two = metricsClient(() => ({ items: items.slice(0, 2) }));
  const uses = await two.resource('cpu', 'default', '', 'main');
  assert.deepEqual(
    [...uses].map(([name, { value }]) => [name, value]),
    [
      ['whole', 100],
      ['half', 1000],
    ],
  );
});

test('an object has exactly one value, whichever version serves it', async () => {
  const asked: string[] = [];
  const answering = (versions: string[], values: string[]) =>
    metricsClient(({ path }) => {
      asked.push(path);
      if (path === '/apis/custom.metrics.k8s.io') return { versions: versions.map(version => ({ version })) };
      return { items: values.map(value => ({ value })) };
    });
  const reference = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
  assert.equal(await answering(['v1beta1'], ['2']).object('depth', 'default', reference, ''), 2000);
  assert.equal(
    asked.at(-1),
    '/apis/custom.metrics.k8s.io/v1beta1/namespaces/default/deployments.apps/web/depth',
  );
  await answering(['v1beta1', 'v1beta2'], ['2']).object('depth', 'default', reference, '');
  assert.match(asked.at(-1)!, /v1beta2/);
  await assert.rejects(answering(['v1beta1'], ['1', '2']).object('depth', 'default', reference, ''), {
    message:
      'unable to fetch metrics from custom metrics API: the custom metrics API server returned 2 results when we asked for exactly one',
  });
});

test('failures are in the words of upstream', async () => {
  const text = 'unable to fetch metrics from resource metrics API: the server';
  const failing = (code: number, message: string) =>
    metricsClient(() => refuse(code, message)).resource('cpu', 'default', '', '');
  const what = '(get pods.metrics.k8s.io)';
  for (const plain of [
    'the server could not find the requested resource',
    'the server answered 404 to GET /x: y',
  ]) {
    await assert.rejects(failing(404, plain), {
      message: `${text} could not find the requested resource ${what}`,
    });
  }
  await assert.rejects(failing(503, 'service unavailable'), {
    message: `${text} is currently unable to handle the request ${what}`,
  });
  await assert.rejects(failing(404, 'the server has no such metric'), {
    message: `${text} has no such metric`,
  });
  await assert.rejects(metricsClient(() => ({ items: [] })).resource('cpu', 'default', '', ''), {
    message: 'no metrics returned from resource metrics API',
  });
  const none = metricsClient(() => refuse(500, 'down'));
  await assert.rejects(none.external('queue', 'default', ''), {
    message: 'unable to fetch metrics from external metrics API: down',
  });
});

import assert from 'node:assert/strict';
import type { V1EndpointSlice, V1ServicePort } from '@kubernetes/client-node';
import { checkOperations } from '../operations.ts';
import { row } from '../row.ts';
import { ifNotFound, type Trial } from '../trial.ts';
import { pod, podSpec, runningPod } from '../workloads.ts';

async function slicesOf(t: Trial, service: string): Promise<V1EndpointSlice[]> {
  const labelSelector = `kubernetes.io/service-name=${service}`;
  return (await t.api.endpointSlices.list({ labelSelector })).items;
}

/** A service for pods of app=NAME. */
function serve(t: Trial, name: string, ports: V1ServicePort[] = [{ port: 80 }]) {
  return t.api.services.create({ metadata: { name }, spec: { selector: { app: name }, ports } });
}

/** 'IP:PORT' of every ready endpoint, in both kinds, in order. */
async function addresses(t: Trial, service: string) {
  const endpoints = await t.api.endpoints.get(service).catch(ifNotFound);
  const old = (endpoints?.subsets ?? []).flatMap(subset =>
    (subset.addresses ?? []).flatMap(({ ip }) => (subset.ports ?? []).map(({ port }) => `${ip}:${port}`)),
  );
  const slices = (await slicesOf(t, service)).flatMap(slice =>
    (slice.endpoints ?? [])
      .filter(endpoint => endpoint.conditions?.ready)
      .flatMap(({ addresses: ips }) => (slice.ports ?? []).map(({ port }) => `${ips[0]}:${port}`)),
  );
  return { old: old.sort(), slices: slices.sort() };
}

function settles(t: Trial, service: string, expected: readonly string[]) {
  const wanted = [...expected].sort().join(' ');
  return t.until(`endpoints ${wanted || 'none'} of ${service}`, async () => {
    const found = await addresses(t, service);
    return found.old.join(' ') === wanted && found.slices.join(' ') === wanted;
  });
}

async function addressOf(t: Trial, name: string): Promise<string> {
  return (await runningPod(t, name)).status!.podIP!;
}

export const endpointRows = [
  row('EndpointSlice should have Endpoints and EndpointSlices pointing to API Server', async t => {
    await t.api.services.in('default').get('kubernetes');
    const endpoints = await t.api.endpoints.in('default').get('kubernetes');
    assert.ok(endpoints.subsets?.some(subset => subset.addresses?.length));
    const { items } = await t.api.endpointSlices
      .in('default')
      .list({ labelSelector: 'kubernetes.io/service-name=kubernetes' });
    assert.ok(items.some(slice => slice.endpoints?.length));
  }),

  row(
    'EndpointSlice should create and delete Endpoints and EndpointSlices for a Service with a selector specified',
    async t => {
      await serve(t, 'svc');
      await t.until('endpoints', () => t.api.endpoints.get('svc').catch(ifNotFound));
      await t.until('a slice', async () => (await slicesOf(t, 'svc')).length > 0);
      await t.api.services.delete('svc');
      await t.gone(t.api.endpoints, 'svc');
      await t.until('the slices to go', async () => (await slicesOf(t, 'svc')).length === 0);
    },
  ),

  row('EndpointSlice should create Endpoints and EndpointSlices for Pods matching a Service', async t => {
    const named = podSpec({}, { ports: [{ name: 'web', containerPort: 3_000 }] });
    await t.api.pods.create(pod('p1', { app: 'svc' }, named));
    await t.api.pods.create(pod('p2', { app: 'svc' }, named));
    const ips = [await addressOf(t, 'p1'), await addressOf(t, 'p2')];
    await serve(t, 'svc', [{ name: 'web', port: 80, targetPort: 'web' }]);
    await settles(
      t,
      'svc',
      ips.map(ip => `${ip}:3000`),
    );
    const [slice] = await slicesOf(t, 'svc');
    assert.equal(slice!.addressType, 'IPv4');
    assert.equal(slice!.endpoints![0]!.targetRef?.kind, 'Pod');
    assert.ok(slice!.endpoints![0]!.nodeName);
  }),

  row('EndpointSlice should support creating EndpointSlice API operations', t =>
    checkOperations(t, {
      resource: t.api.endpointSlices,
      make: name => ({ metadata: { name }, addressType: 'IPv4', endpoints: [{ addresses: ['1.2.3.4'] }] }),
    }),
  ),

  row(
    'EndpointSliceMirroring should mirror a custom Endpoints resource through create update and delete',
    async t => {
      await t.api.services.create({ metadata: { name: 'svc' }, spec: { ports: [{ port: 80, name: 'p' }] } });
      const subsets = (ip: string) => [{ addresses: [{ ip }], ports: [{ name: 'p', port: 80 }] }];
      const mirrored = async () =>
        (await slicesOf(t, 'svc')).flatMap(s => (s.endpoints ?? []).flatMap(e => e.addresses));
      await t.api.endpoints.create({ metadata: { name: 'svc' }, subsets: subsets('10.1.2.3') });
      await t.until('the mirror', async () => (await mirrored()).join() === '10.1.2.3');
      await t.api.endpoints.update('svc', object => {
        object.subsets = subsets('10.2.3.4');
      });
      await t.until('the mirror to follow', async () => (await mirrored()).join() === '10.2.3.4');
      await t.api.endpoints.delete('svc');
      await t.until('the mirror to go', async () => (await slicesOf(t, 'svc')).length === 0);
    },
  ),

  row('Services should serve multiport endpoints from pods', async t => {
    const ports = [
      { name: 'portname1', port: 80, targetPort: 'one' },
      { name: 'portname2', port: 81, targetPort: 'two' },
    ];
    await serve(t, 'svc', ports);
    await settles(t, 'svc', []);
    const of = (name: string, containerPort: number) => podSpec({}, { ports: [{ name, containerPort }] });
    await t.api.pods.create(pod('pod1', { app: 'svc' }, of('one', 100)));
    const first = `${await addressOf(t, 'pod1')}:100`;
    await settles(t, 'svc', [first]);
    await t.api.pods.create(pod('pod2', { app: 'svc' }, of('two', 101)));
    const second = `${await addressOf(t, 'pod2')}:101`;
    await settles(t, 'svc', [first, second]);
    await t.api.pods.delete('pod1');
    await settles(t, 'svc', [second]);
    await t.api.pods.delete('pod2');
    await settles(t, 'svc', []);
  }),

  row('Services should test the lifecycle of an Endpoint', async t => {
    const { endpoints } = t.api;
    const labelSelector = `conformance=${t.id}`;
    const watcher = await t.watch(endpoints, { labelSelector });
    await endpoints.create({
      metadata: { name: 'e', labels: { conformance: t.id } },
      subsets: [{ addresses: [{ ip: '10.0.0.24' }], ports: [{ name: 'http', port: 80, protocol: 'TCP' }] }],
    });
    await watcher.expect('ADDED');
    assert.equal((await endpoints.listAll({ labelSelector })).items.length, 1);
    await endpoints.update('e', object => {
      object.metadata!.labels = { ...object.metadata!.labels, updated: 'yes' };
    });
    await watcher.until('MODIFIED', object => object.metadata!.labels?.updated === 'yes');
    await endpoints.patch('e', {
      subsets: [{ addresses: [{ ip: '10.0.0.25' }], ports: [{ name: 'http-test', port: 8_080 }] }],
    });
    const patched = (await endpoints.get('e')).subsets![0]!;
    assert.equal(patched.addresses![0]!.ip, '10.0.0.25');
    assert.equal(patched.ports![0]!.port, 8_080);
    await endpoints.deleteCollection({ labelSelector });
    await watcher.until('DELETED');
    await t.gone(endpoints, 'e');
  }),

  row('Service endpoints latency should not be very high', async t => {
    await t.api.pods.create(pod('p', { app: 'latency' }));
    await runningPod(t, 'p');
    const watcher = await t.watch(t.api.endpoints);
    const startedAtMs = new Map<string, number>();
    const latenciesMs: number[] = [];
    const seen = (async () => {
      while (latenciesMs.length < 100) {
        const { object } = await watcher.next(50_000);
        const name = object.metadata!.name!;
        const started = startedAtMs.get(name);
        if (started === undefined || !object.subsets?.length) continue;
        latenciesMs.push(Date.now() - started);
        startedAtMs.delete(name);
      }
    })();
    seen.catch(() => {});
    const pending = Array.from({ length: 100 }, (_, index) => `latency-${index}`);
    const worker = async () => {
      for (let name = pending.shift(); name; name = pending.shift()) {
        startedAtMs.set(name, Date.now());
        await t.api.services.create({
          metadata: { name },
          spec: { selector: { app: 'latency' }, ports: [{ port: 80 }] },
        });
      }
    };
    await Promise.all(Array.from({ length: 10 }, worker));
    await seen;
    latenciesMs.sort((a, b) => a - b);
    assert.ok(latenciesMs[50]! < 20_000, `median ${latenciesMs[50]} ms`);
    assert.ok(latenciesMs[99]! < 50_000, `slowest ${latenciesMs[99]} ms`);
  }),
];

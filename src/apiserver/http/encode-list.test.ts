import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { configMaps } from '#api/generated/refs.ts';
import { builtInResources } from '#api/registry.ts';
import { toYaml } from '#machinery/yaml-write.ts';
import { startSecureServer } from '../auth/testing.ts';
import type { Entry } from '../resources/entry.ts';
import { Encoder, concat } from './encode.ts';
import { ListEncoder } from './encode-list.ts';
import type { ServedResource } from '../resources/served.ts';
import { type Representation, plainJson } from './negotiate.ts';

const settle = () => new Promise<void>(resolve => setImmediate(resolve));
const metadata = { resourceVersion: '7' };
const decoder = new TextDecoder();

test('a list that people read is written in pieces, as it is written at once', async () => {
  await using server = await startSecureServer(settle);
  const { services } = server.server;
  const names = Array.from({ length: 25 }, (_, i) => `map-${i}`);
  for (const name of names) {
    const data = { text: 'a b\nc', items: '[]' };
    await server.admin.create(configMaps, { metadata: { name, namespace: 'default' }, data });
  }
  const served = services.catalog.findPreferred('', 'configmaps')!;
  const found = names.map(name => served.cache.get(`default/${name}`)!);
  const encoder = new ListEncoder(services, new Encoder(services));

  async function text(entries: readonly Entry[], form: Partial<Representation>): Promise<string> {
    const whole = { as: 'object', encoding: 'json', pretty: false, ofList: false, ...form } as Representation;
    const list = await encoder.encode({ served, entries, metadata }, whole, 'None');
    return decoder.decode(concat([...list.pieces()].map(piece => piece.slice())));
  }

  for (const form of [{}, { as: 'table', metaVersion: 'meta.k8s.io/v1' }] as const) {
    for (const entries of [found, found.slice(0, 1), []]) {
      const list = JSON.parse(await text(entries, form));
      const breathe = mock.method(services.slice, 'breathe');
      assert.equal(await text(entries, { ...form, encoding: 'yaml' }), toYaml(list));
      assert.equal(await text(entries, { ...form, pretty: true }), JSON.stringify(list, null, 2));
      assert.equal(breathe.mock.callCount(), 2 * Math.ceil(entries.length / 10));
      breathe.mock.restore();
    }
  }
});

test('a bookmark shows what upstream makes of an object that has nothing to show, of every kind', async () => {
  await using server = await startSecureServer(settle);
  const { services } = server.server;
  const encoder = new Encoder(services);
  const bookmarkOf = (served: ServedResource, form: Representation) => {
    const end = { revision: 7, initialEventsEnd: true };
    return JSON.parse(decoder.decode(encoder.bookmark(served, end, form, 'Metadata', true))).object;
  };
  const servedOf = (group: string, resource: string) => services.catalog.findPreferred(group, resource)!;
  const cellsOf = (group: string, resource: string) =>
    bookmarkOf(servedOf(group, resource), { ...plainJson, as: 'table' }).rows[0].cells;
  assert.deepEqual(cellsOf('', 'configmaps'), ['', 0, '<unknown>']);
  assert.deepEqual(cellsOf('', 'limitranges'), ['', '0001-01-01T00:00:00Z']);
  assert.deepEqual(cellsOf('apps', 'deployments'), ['', '0/0', 0, 0, '<unknown>', '', '', '']);
  for (const { group, resource, verbs = ['watch'] } of builtInResources) {
    if (verbs.includes('watch')) assert.ok(!cellsOf(group, resource).includes(null), resource);
  }
  for (const resource of ['deployments', 'replicasets', 'statefulsets'])
    assert.equal(bookmarkOf(servedOf('apps', resource), plainJson).spec.replicas, 0, resource);
  assert.deepEqual(bookmarkOf(servedOf('apps', 'daemonsets'), plainJson).metadata.annotations, {
    'deprecated.daemonset.template.generation': '0',
    'k8s.io/initial-events-end': 'true',
  });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mergeGroups } from './merge-discovery.ts';
import { mergeSwagger } from './merge-openapi.ts';
import { fromLegacy } from './remote-discovery.ts';

const priorities = (groups: Record<string, number>, versions: Record<string, number> = {}) => ({
  group: (name: string) => groups[name] ?? 0,
  version: (group: string, version: string) => versions[`${group}/${version}`] ?? 0,
});
const group = (name: string, ...versions: string[]) => ({
  name,
  versions: versions.map(version => ({ version })),
});
const names = (groups: readonly { name: string }[]) => groups.map(({ name }) => name);

test('groups stand by their priorities; equals by name', () => {
  const local = [group('apps', 'v1'), group('b.example', 'v1'), group('z.example', 'v1')];
  const remote = [group('metrics.k8s.io', 'v1beta1'), group('m.example', 'v1')];
  const equal = { 'z.example': 1000, 'b.example': 1000, 'm.example': 1000 };
  const merged = mergeGroups(local, remote, priorities({ apps: 17_800, 'metrics.k8s.io': 2000, ...equal }));
  assert.deepEqual(names(merged), ['apps', 'metrics.k8s.io', 'b.example', 'm.example', 'z.example']);
});

test('a group that both serve has the versions of both, the preferred first', () => {
  const merged = mergeGroups(
    [group('x', 'v1', 'v1beta1')],
    [group('x', 'v2alpha1', 'v2')],
    priorities({ x: 1 }, { 'x/v2': 5, 'x/v1': 9 }),
  );
  assert.deepEqual(
    merged[0]!.versions.map(({ version }) => version),
    ['v1', 'v2', 'v1beta1', 'v2alpha1'],
  );
});

test('old servers’ lists become discovery, subresources below their resources', () => {
  const list = [
    { name: 'flunders', singularName: 'flunder', namespaced: true, kind: 'Flunder', verbs: ['get'] },
    {
      name: 'flunders/scale',
      singularName: '',
      namespaced: true,
      group: 'autoscaling',
      version: 'v1',
      kind: 'Scale',
      verbs: ['get'],
    },
  ];
  assert.deepEqual(fromLegacy(list), [
    {
      resource: 'flunders',
      responseKind: { group: '', version: '', kind: 'Flunder' },
      scope: 'Namespaced',
      singularResource: 'flunder',
      verbs: ['get'],
      subresources: [
        {
          subresource: 'scale',
          responseKind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
          verbs: ['get'],
        },
      ],
    },
  ]);
});

test('definitions of one name and two shapes are both kept', () => {
  const ref = (name: string) => ({ $ref: `#/definitions/${name}` });
  const local = {
    swagger: '2.0',
    paths: { '/a': {} },
    definitions: { Same: { type: 'object' }, Other: { type: 'object' } },
  };
  const remote = {
    paths: { '/a': { taken: true }, '/b': { schema: ref('Other') } },
    definitions: { Same: { type: 'object' }, Other: { type: 'string' }, Own: { items: ref('Other') } },
  };
  const shared = { 'limit-aaaaaaaa': { name: 'limit', in: 'query' } };
  assert.deepEqual(mergeSwagger(local as never, [{ ...remote, parameters: shared }]), {
    swagger: '2.0',
    parameters: shared,
    paths: { '/a': {}, '/b': { schema: ref('Other_v2') } },
    definitions: {
      Same: { type: 'object' },
      Other: { type: 'object' },
      Other_v2: { type: 'string' },
      Own: { items: ref('Other_v2') },
    },
  });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from './object.ts';
import { getPath, setPath } from './path.ts';
import { type TableSource, blankTable, toTable } from './table.ts';

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'a', creationTimestamp: '2026-01-01T00:00:00Z' },
};

test('a kind without columns shows its name and creation', () => {
  const table = toTable({}, [pod], 0);
  assert.deepEqual(
    table.columnDefinitions.map(column => column.name),
    ['Name', 'Created At'],
  );
  assert.deepEqual(table.rows[0], {
    cells: ['a', '2026-01-01T00:00:00Z'],
    object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: pod.metadata },
  });
});

test("a kind's own columns and rows", () => {
  const source = {
    columns: [{ name: 'Age', type: 'string', priority: 1 }],
    row: (object: typeof pod, nowMs: number) => [nowMs - Date.parse(object.metadata.creationTimestamp)],
  };
  const now = Date.UTC(2026, 0, 1) + 5;
  const table = toTable(source, [pod], now, { includeObject: 'Object', listMeta: { resourceVersion: '7' } });
  assert.deepEqual(table.columnDefinitions, [
    { name: 'Age', type: 'string', format: '', description: '', priority: 1 },
  ]);
  assert.deepEqual(table.rows, [{ cells: [5], object: pod }]);
  assert.deepEqual(table.metadata, { resourceVersion: '7' });
  assert.deepEqual(toTable(source, [pod], now, { includeObject: 'None', withoutHeader: true }), {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: {},
    columnDefinitions: [],
    rows: [{ cells: [5], object: null }],
  });
});

test('a table of metadata alone has the cells of an object that has nothing to show', () => {
  const bookmark = { apiVersion: 'v1', kind: 'Pod', metadata: { resourceVersion: '7' } };
  const nothing = { apiVersion: 'v1', kind: 'Pod', metadata: { name: '' } };
  const columns = [
    { name: 'Name', type: 'string' },
    { name: 'Ready', type: 'string' },
    { name: 'Count', type: 'integer' },
  ];
  const row = ({ metadata }: KubeObject) => [metadata.name, '0/0', undefined];
  const cells = (source: TableSource, isTyped: boolean) =>
    blankTable(source, bookmark, { object: nothing, isTyped }, {}).rows[0]!.cells;
  assert.deepEqual(cells({ columns, row }, true), ['', '0/0', 0]);
  assert.deepEqual(cells({ columns, row }, false), ['', '0/0', null]);
  assert.deepEqual(cells({}, true), ['', '0001-01-01T00:00:00Z']);
  const [shown] = blankTable({ columns, row }, bookmark, { object: nothing, isTyped: true }, {}).rows;
  assert.equal((shown!.object as KubeObject).metadata.resourceVersion, '7');
});

test('values by path', () => {
  const object = { spec: { replicas: 3 } };
  assert.equal(getPath(object, '.spec.replicas'), 3);
  assert.equal(getPath(object, 'spec.toString.x'), undefined);
  setPath(object, 'status.replicas', 2);
  assert.deepEqual(object, { spec: { replicas: 3 }, status: { replicas: 2 } });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { userOf } from './access/user.ts';
import { differences, differenceText } from './diff.ts';
import { parseFieldPath } from './field-path.ts';
import { endText } from './pod/exit.ts';
import { amountText, editDistance, listed } from './words.ts';

/** Small pure pieces, by table. */

test('amounts are written as users write them', () => {
  const rows: [string, number, string][] = [
    ['cpu', 1000, '1'],
    ['cpu', 1500, '1.5'],
    ['cpu', 1250, '1250m'],
    ['memory', 512, '512'],
    ['memory', 1024 ** 3, '1Gi'],
    ['memory', 1.5 * 1024 ** 3, '1.5Gi'],
    ['memory', 0, '0'],
    ['ephemeral-storage', 300 * 1024 ** 2, '300Mi'],
    ['example.com/gpu', 2, '2'],
  ];
  for (const [resource, amount, text] of rows) assert.equal(amountText(resource, amount), text);
});

test('lists are shortened', () => {
  assert.equal(listed([]), 'none');
  assert.equal(listed(['a']), 'a');
  assert.equal(listed(['a', 'b']), 'a and b');
  assert.equal(listed(['a', 'b', 'c', 'd']), 'a, b, c and d');
  assert.equal(listed(['a', 'b', 'c', 'd', 'e']), 'a, b, c and 2 more');
});

test('texts are as far apart as must be changed', () => {
  for (const [a, b, distance] of [
    ['web', 'web', 0],
    ['web', 'wed', 1],
    ['web', 'wbe', 2],
    ['', 'abc', 3],
    ['frontend', 'front-end', 1],
  ] as const)
    assert.equal(editDistance(a, b), distance, `${a} ${b}`);
});

test('ends of containers are told by code, signal and reason', () => {
  const rows: [Parameters<typeof endText>[0], string][] = [
    [{ exitCode: 1, reason: 'Error' }, 'exit code 1'],
    [{ exitCode: 137, reason: 'OOMKilled' }, 'OOMKilled, exit code 137 (SIGKILL)'],
    [{ exitCode: 143, reason: 'Error' }, 'exit code 143 (SIGTERM: it was told to stop)'],
    [{ exitCode: 127 }, 'exit code 127 (the command was not found)'],
    [{ exitCode: 0, signal: 15 }, 'exit code 0 (SIGTERM: it was told to stop)'],
    [{ exitCode: 255 }, 'exit code 255'],
  ];
  for (const [ended, text] of rows) assert.equal(endText(ended), text);
});

test('field paths are read as people write them', () => {
  const field = (name: string) => ({ type: 'field', name });
  for (const [text, steps] of [
    ['.spec.replicas', [field('spec'), field('replicas')]],
    [
      'spec.containers[1].image',
      [field('spec'), field('containers'), { type: 'index', index: 1 }, field('image')],
    ],
    ['containers[name=a-b]', [field('containers'), { type: 'key', key: 'name', value: 'a-b' }]],
    ['containers[a-b]', [field('containers'), { type: 'key', key: 'name', value: 'a-b' }]],
    ["metadata.labels['a.b/c']", [field('metadata'), field('labels'), field('a.b/c')]],
    ['metadata.labels.a\\.b/c', [field('metadata'), field('labels'), field('a.b/c')]],
  ] as const)
    assert.deepEqual(parseFieldPath(text), steps);
  for (const text of ['a[', 'a..b', 'a]']) assert.throws(() => parseFieldPath(text), /is no field path/);
});

test('users get the groups that authentication gives them', () => {
  assert.deepEqual(userOf('shop:robot'), {
    name: 'system:serviceaccount:shop:robot',
    groups: ['system:serviceaccounts', 'system:serviceaccounts:shop', 'system:authenticated'],
  });
  assert.deepEqual(userOf('system:node:a').groups, ['system:nodes', 'system:authenticated']);
  assert.deepEqual(userOf('alice', ['devs']).groups, ['system:authenticated', 'devs']);
  assert.deepEqual(userOf('system:anonymous').groups, ['system:unauthenticated']);
  assert.equal(userOf('system:kube-scheduler').name, 'system:kube-scheduler');
});

test('differences are named by path, items of lists by name', () => {
  const before = { replicas: 1, containers: [{ name: 'a', image: 'x:1' }, { name: 'b' }] };
  const after = { containers: [{ name: 'a', image: 'x:2' }], paused: true };
  assert.deepEqual(differences(before, after).map(differenceText), [
    'replicas: 1 -> none',
    'containers[a].image: x:1 -> x:2',
    'containers[b]: {"name":"b"} -> none',
    'paused: none -> true',
  ]);
});

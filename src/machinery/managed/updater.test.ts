/** How managers come to own, share, lose and remove fields: the behaviour of structured-merge-diff's Updater. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fieldElement, pathText } from '../fields/element.ts';
import { recursiveDifference, setOf } from '../fields/field-set.ts';
import type { ObjectSchema, Schema } from '../schema.ts';
import { Life, list, map, number, string, struct } from './testing.ts';
import { deduced } from './typed.ts';
import { ApplyConflicts } from './updater.ts';

const items = list(struct({ name: string, value: number, tags: list(string, 'set') }), 'map', 'name');
const kind = struct({
  n: number,
  s: string,
  set: list(string, 'set'),
  items,
  atomicList: list(string, 'atomic'),
  labels: map(string),
  nested: map(map(string)),
  atomicMap: map(string, 'atomic'),
  atomicStruct: struct({ a: string, b: string }, { mapType: 'atomic' }),
  inner: struct({ a: string, b: string, deeper: struct({ c: string }) }),
  free: deduced,
});

/** The manager and path of each conflict that the apply comes to. */
async function conflictsOf(apply: Promise<unknown>): Promise<string[]> {
  try {
    await apply;
  } catch (error) {
    assert.ok(error instanceof ApplyConflicts);
    return error.conflicts.map(({ manager, path }) => `${manager.name}${pathText(path)}`);
  }
  return assert.fail('no conflict');
}

describe('an update', () => {
  it('makes its author the manager of what it adds and changes', async () => {
    const life = new Life(kind);
    await life.update('one', { n: 1, s: 'a' });
    await life.update('two', { n: 2, s: 'a' });
    assert.deepEqual(life.setOf('one'), { 'f:s': {} });
    assert.deepEqual(life.setOf('two'), { 'f:n': {} });
  });

  it('takes from everybody what it removes', async () => {
    const life = new Life(kind);
    await life.apply('applier', { n: 1, labels: { a: '1', b: '2' } });
    await life.update('two', { labels: { a: '1' } });
    assert.deepEqual(life.setOf('applier'), { 'f:labels': { 'f:a': {} } });
    assert.equal(life.setOf('two'), undefined);
  });

  it('owns a map or list that was not there, with what is in it', async () => {
    const life = new Life(kind);
    await life.update('one', { labels: { a: '1' }, set: ['x'], inner: { a: 'x' }, atomicList: ['x'] });
    assert.deepEqual(life.setOf('one'), {
      'f:atomicList': {},
      'f:inner': { '.': {}, 'f:a': {} },
      'f:labels': { '.': {}, 'f:a': {} },
      'f:set': { '.': {}, 'v:"x"': {} },
    });
  });

  it('keeps the very sets that it does not change', async () => {
    const life = new Life(kind);
    await life.update('one', { n: 1, labels: { a: '1' } });
    const before = life.setOf('one');
    await life.update('one', { n: 2, labels: { a: '1' } });
    await life.update('two', { n: 2, labels: { a: '1' }, s: 'x' });
    assert.equal(life.setOf('one'), before);
  });

  it('goes by the whole where a list has an item more than once', async () => {
    const life = new Life(kind);
    await life.update('one', { set: ['a', 'b', 'c'] });
    await life.update('two', { set: ['a', 'a', 'b', 'c'] });
    assert.deepEqual(life.setOf('two'), { 'f:set': { 'v:"a"': {} } });
    assert.deepEqual(life.setOf('one'), { 'f:set': { '.': {}, 'v:"b"': {}, 'v:"c"': {} } });
    await life.update('three', {
      items: [
        { name: 'a', value: 1 },
        { name: 'a', value: 2 },
      ],
    });
    assert.deepEqual(life.setOf('three'), { 'f:items': { '.': {}, 'k:{"name":"a"}': {} } });
    await life.update('four', { items: [{ name: 'a', value: 1 }] });
    assert.deepEqual(life.setOf('four'), {
      'f:items': { 'k:{"name":"a"}': { '.': {}, 'f:name': {}, 'f:value': {} } },
    });
  });
});

describe('an apply', () => {
  it('sets what it states and owns that alone', async () => {
    const life = new Life(kind);
    await life.update('one', { n: 1 });
    await life.apply('applier', { s: 'a', labels: { a: '1' }, inner: { a: 'x' } });
    assert.deepEqual(life.value, { n: 1, s: 'a', labels: { a: '1' }, inner: { a: 'x' } });
    assert.deepEqual(life.setOf('applier'), {
      'f:inner': { 'f:a': {} },
      'f:labels': { 'f:a': {} },
      'f:s': {},
    });
  });

  it('owns empty maps and nulls as such', async () => {
    const life = new Life(kind);
    await life.apply('applier', { labels: {}, s: null, inner: {} });
    assert.deepEqual(life.setOf('applier'), { 'f:inner': {}, 'f:labels': {}, 'f:s': {} });
  });

  it('removes what it stated last time and states no more', async () => {
    const life = new Life(kind);
    await life.apply('applier', { n: 1, s: 'a', labels: { a: '1', b: '2' }, set: ['x', 'y'] });
    await life.apply('applier', { n: 1, labels: { a: '1' }, set: ['y'] });
    assert.deepEqual(life.value, { n: 1, labels: { a: '1' }, set: ['y'] });
    assert.deepEqual(life.setOf('applier'), {
      'f:labels': { 'f:a': {} },
      'f:n': {},
      'f:set': { 'v:"y"': {} },
    });
  });

  it('leaves what another applier states too', async () => {
    const life = new Life(kind);
    await life.apply('one', { items: [{ name: 'a' }, { name: 'b' }, { name: 'c' }] });
    await life.apply('two', { items: [{ name: 'c' }, { name: 'd' }] });
    await life.apply('one', { items: [{ name: 'a' }] });
    assert.deepEqual(life.value, { items: [{ name: 'a' }, { name: 'c' }, { name: 'd' }] });
    assert.deepEqual(life.setOf('one'), { 'f:items': { 'k:{"name":"a"}': { '.': {}, 'f:name': {} } } });
  });

  it('leaves what somebody else put below what it removes', async () => {
    const life = new Life(kind);
    await life.apply('one', { items: [{ name: 'a' }, { name: 'b', tags: ['c'] }] });
    await life.apply('two', { items: [{ name: 'b', tags: ['d'] }] });
    await life.apply('one', { items: [{ name: 'a' }] });
    assert.deepEqual(life.value, { items: [{ name: 'a' }, { name: 'b', tags: ['d'] }] });
  });

  it('takes what nobody owns away with an item that it removes', async () => {
    const life = new Life(kind);
    await life.apply('one', { items: [{ name: 'a' }, { name: 'b' }] });
    life.value = { items: [{ name: 'a' }, { name: 'b', tags: ['nobody'] }] };
    await life.apply('one', { items: [{ name: 'a' }] });
    assert.deepEqual(life.value, { items: [{ name: 'a' }] });
  });

  it('leaves what an updater changed since', async () => {
    const life = new Life(kind);
    await life.apply('applier', { n: 1, s: 'a' });
    await life.update('updater', { n: 2, s: 'a' });
    await life.apply('applier', { s: 'a' });
    assert.deepEqual(life.value, { n: 2, s: 'a' });
    assert.deepEqual(life.setOf('updater'), { 'f:n': {} });
  });

  it('conflicts with whoever has it otherwise, and changes nothing then', async () => {
    const life = new Life(kind);
    await life.apply('one', { n: 1, labels: { a: '1' } });
    await life.update('two', { n: 1, labels: { a: '1' }, s: 'a' });
    const before = life.managers;
    const conflicts = await conflictsOf(life.apply('three', { n: 2, s: 'b', labels: { a: '1' } }));
    assert.deepEqual(conflicts, ['one.n', 'two.s']);
    assert.deepEqual(life.value, { n: 1, labels: { a: '1' }, s: 'a' });
    assert.equal(life.managers, before);
  });

  it('takes over by force', async () => {
    const life = new Life(kind);
    await life.apply('one', { n: 1, s: 'a' });
    await life.apply('two', { n: 2 }, 'v1', true);
    assert.deepEqual(life.value, { n: 2, s: 'a' });
    assert.deepEqual(life.setOf('one'), { 'f:s': {} });
    assert.deepEqual(life.setOf('two'), { 'f:n': {} });
  });

  it('shares what is the same', async () => {
    const life = new Life(kind);
    await life.apply('one', { n: 1 });
    await life.apply('two', { n: 1 });
    await life.apply('one', {});
    assert.deepEqual(life.value, { n: 1 });
    await life.apply('two', {});
    assert.equal(life.value, null);
    assert.equal(life.managers.size, 0);
  });

  it('goes by the whole of atomics', async () => {
    const life = new Life(kind);
    const config = { atomicList: ['a', 'b'], atomicMap: { a: '1' }, atomicStruct: { a: 'x' } };
    await life.apply('one', config);
    assert.deepEqual(life.setOf('one'), { 'f:atomicList': {}, 'f:atomicMap': {}, 'f:atomicStruct': {} });
    await life.apply('one', { ...config, atomicMap: { b: '2' }, atomicStruct: { b: 'y' } });
    assert.deepEqual(life.value, { ...config, atomicMap: { b: '2' }, atomicStruct: { b: 'y' } });
    const conflicts = await conflictsOf(life.apply('two', { atomicList: ['b'], atomicMap: { c: '3' } }));
    assert.deepEqual(conflicts, ['one.atomicList', 'one.atomicMap']);
  });

  it('finds the structure of values that have no declared type', async () => {
    const life = new Life(kind);
    await life.apply('one', { free: { a: { b: 1 }, l: [1, 2] } });
    assert.deepEqual(life.setOf('one'), {
      'f:free': { 'f:a': { '.': {}, 'f:b': {} }, 'f:l': {} },
    });
    await life.apply('two', { free: { a: { c: 2 } } });
    await life.apply('one', { free: { l: [1, 2] } });
    assert.deepEqual(life.value, { free: { a: { c: 2 }, l: [1, 2] } });
  });

  it('does not own what its subresource does not reach', async () => {
    const reset = setOf(['inner', 'a'].map(fieldElement), [fieldElement('n')]);
    const life = new Life(kind, { filter: set => recursiveDifference(set, reset) });
    await life.apply('one', { n: 1, s: 'a', inner: { a: 'x', b: 'y' } });
    assert.deepEqual(life.setOf('one'), { 'f:inner': { 'f:b': {} }, 'f:s': {} });
    await life.update('two', { n: 2, s: 'a', inner: { a: 'z', b: 'y' } });
    assert.equal(life.setOf('two'), undefined);
  });
});

describe('the order of a merged list', () => {
  const orders: readonly [string, string[], string[], string[]][] = [
    ['new items go to the end', ['a', 'c'], ['a', 'b', 'c', 'd'], ['a', 'b', 'c', 'd']],
    [
      'items of others stay behind their neighbours',
      ['a', 'b', 'c', 'd'],
      ['a', 'x', 'c', 'y'],
      ['a', 'b', 'x', 'c', 'd', 'y'],
    ],
    ['the order that is applied wins', ['a', 'b', 'c'], ['c', 'b', 'a'], ['c', 'b', 'a']],
    ['others stand before what moves', ['x', 'a', 'b'], ['b', 'a'], ['x', 'b', 'a']],
    ['nothing in common', ['a', 'b'], ['c'], ['a', 'b', 'c']],
    ['nothing was there', [], ['b', 'a'], ['b', 'a']],
  ];
  for (const [what, live, applied, wanted] of orders) {
    it(what, async () => {
      const life = new Life(kind);
      await life.update('one', { set: live });
      await life.apply('two', { set: applied });
      assert.deepEqual(life.value, { set: wanted });
    });
  }
});

describe('defaulted keys of a list', () => {
  const port = struct({
    port: number,
    protocol: { schema: string, default: 'TCP' },
    name: string,
  });
  const service = struct({ ports: list(port, 'map', 'port', 'protocol') });

  it('are taken for stated', async () => {
    const life = new Life(service);
    await life.update('one', {
      ports: [
        { port: 80, protocol: 'TCP' },
        { port: 80, protocol: 'UDP' },
      ],
    });
    await life.apply('two', { ports: [{ port: 80, name: 'web' }] });
    assert.deepEqual(life.value, {
      ports: [
        { port: 80, protocol: 'TCP', name: 'web' },
        { port: 80, protocol: 'UDP' },
      ],
    });
    assert.deepEqual(life.setOf('two'), {
      'f:ports': { 'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:name': {}, 'f:port': {} } },
    });
  });

  it('tell duplicates apart', async () => {
    const life = new Life(service);
    await assert.rejects(life.apply('one', { ports: [{ port: 80 }, { port: 80, protocol: 'TCP' }] }), {
      message: '.ports: duplicate entries for key [port=80,protocol="TCP"]',
    });
  });

  it('must not all be left out where they have no default', async () => {
    await assert.rejects(new Life(kind).apply('one', { items: [{ value: 1 }] }), {
      message:
        '.items: element 0: associative list with keys has an element that omits all key fields ["name"] (and doesn\'t have default values for any key fields)',
    });
  });
});

describe('versions', () => {
  const shape = (version: string): Schema => struct({ [`n_${version}`]: number, s: string });
  const rename = (value: unknown, from: string, to: string): unknown =>
    JSON.parse(JSON.stringify(value).replaceAll(`n_${from}`, `n_${to}`));
  const twoVersions = () => new Life({ v1: shape('v1'), v2: shape('v2') }, { rename });

  it('are compared each in its own', async () => {
    const life = twoVersions();
    await life.apply('one', { n_v1: 1, s: 'a' });
    assert.deepEqual(await conflictsOf(life.apply('two', { n_v2: 2 }, 'v2')), ['one.n_v1']);
    await life.update('three', { n_v2: 2, s: 'a' }, 'v2');
    assert.deepEqual(life.setOf('one'), { 'f:s': {} });
    assert.deepEqual(life.setOf('three'), { 'f:n_v2': {} });
  });

  it('do not hide what an applier leaves out in a newer one', async () => {
    const life = twoVersions();
    await life.apply('one', { n_v1: 1, s: 'a' });
    await life.apply('one', { s: 'a' }, 'v2');
    assert.deepEqual(life.value, { s: 'a' });
    assert.equal(life.versionOf('one'), 'v2');
  });

  it('that another applies in keep the field', async () => {
    const life = twoVersions();
    await life.apply('one', { n_v1: 1, s: 'a' });
    await life.apply('two', { n_v2: 1 }, 'v2');
    await life.apply('one', { s: 'a' }, 'v2');
    assert.deepEqual(life.value, { n_v2: 1, s: 'a' });
  });

  it('that are gone take their managers along', async () => {
    const life = twoVersions();
    await life.apply('one', { n_v1: 1 });
    await life.apply('two', { s: 'a' }, 'v2');
    life.schemas = { v2: shape('v2') };
    await life.apply('two', { s: 'b' }, 'v2');
    assert.equal(life.setOf('one'), undefined);
    assert.deepEqual(life.setOf('two'), { 'f:s': {} });
  });
});

describe('a type that changes', () => {
  const withInner = (mapType: ObjectSchema['mapType']) =>
    struct({ inner: struct({ a: string, b: string }, mapType ? { mapType } : {}), s: string });

  it('to atomic makes every owner of a part one of the whole', async () => {
    const life = new Life(withInner(undefined));
    await life.apply('one', { inner: { a: 'x' } });
    await life.apply('two', { inner: { b: 'y' }, s: 'a' });
    life.schemas = { v1: withInner('atomic') };
    assert.deepEqual(await conflictsOf(life.apply('two', { inner: { b: 'z' }, s: 'a' })), ['one.inner']);
    await life.apply('three', { s: 'a' });
    assert.deepEqual(life.setOf('one'), { 'f:inner': {} });
    assert.deepEqual(life.setOf('two'), { 'f:inner': {}, 'f:s': {} });
  });

  it('to granular leaves the owner of the whole its claim until it applies again', async () => {
    const life = new Life(withInner('atomic'));
    await life.apply('one', { inner: { a: 'x', b: 'y' } });
    life.schemas = { v1: withInner(undefined) };
    await life.apply('two', { s: 'a' });
    assert.deepEqual(life.setOf('one'), { 'f:inner': {} });
    await life.apply('one', { inner: { a: 'x' } });
    assert.deepEqual(life.setOf('one'), { 'f:inner': { 'f:a': {} } });
  });
});

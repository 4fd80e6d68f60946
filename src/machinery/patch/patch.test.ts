import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { deepFreeze } from '../object.ts';
import { StatusError } from '../status.ts';
import { patchFailure } from './errors.ts';
import { applyJsonPatch } from './json-patch.ts';
import { applyMergePatch, createMergePatch, createThreeWayJsonMergePatch } from './merge-patch.ts';

const codeOf = (run: () => unknown): number => {
  try {
    run();
    return 200;
  } catch (error) {
    assert.ok(error instanceof StatusError, String(error));
    return error.code;
  }
};

test('JSON patch: every operation', () => {
  const original = deepFreeze({ a: { b: [1, 2, 3] }, 'x/y~z': 1 });
  const cases: [unknown[], unknown][] = [
    [[{ op: 'add', path: '/a/b/1', value: 9 }], { a: { b: [1, 9, 2, 3] }, 'x/y~z': 1 }],
    [[{ op: 'add', path: '/a/b/-', value: null }], { a: { b: [1, 2, 3, null] }, 'x/y~z': 1 }],
    [[{ op: 'remove', path: '/a/b/-1' }], { a: { b: [1, 2] }, 'x/y~z': 1 }],
    [[{ op: 'replace', path: '/x~1y~0z', value: 2 }], { a: { b: [1, 2, 3] }, 'x/y~z': 2 }],
    [[{ op: 'move', from: '/a/b', path: '/c' }], { a: {}, 'x/y~z': 1, c: [1, 2, 3] }],
    [[{ op: 'copy', from: '/a/b', path: '/a/d' }], { a: { b: [1, 2, 3], d: [1, 2, 3] }, 'x/y~z': 1 }],
    [[{ op: 'test', path: '/a/b', value: [1, 2, 3] }], original],
    [[{ op: 'test', path: '/nowhere', value: null }], original],
    [[{ op: 'replace', path: '', value: { z: 1 } }], { z: 1 }],
    [[{ op: 'replace', path: '/a/c', value: 1 }], { a: { b: [1, 2, 3], c: 1 }, 'x/y~z': 1 }],
    [[{ op: 'replace', path: '/a/b/-1', value: 9 }], { a: { b: [1, 2, 9] }, 'x/y~z': 1 }],
    [[{ op: 'copy', from: '/a/c', path: '/d' }], { a: { b: [1, 2, 3] }, 'x/y~z': 1, d: null }],
    [[{ op: 'add', path: '/a/b/-1', value: 4 }], { a: { b: [1, 2, 3, 4] }, 'x/y~z': 1 }],
  ];
  for (const [patch, want] of cases)
    assert.deepEqual(applyJsonPatch(original, patch), want, JSON.stringify(patch));
});

test('JSON patch: what is malformed, what does not apply', () => {
  const run = (patch: unknown) => codeOf(() => applyJsonPatch({ a: [1], b: 'text' }, patch));
  assert.equal(run({}), 400);
  assert.equal(run([1]), 400);
  for (const operation of [
    { op: 5, path: '/a' },
    { op: 'remove', path: [] },
    { op: 'remove', path: '/a', from: 1 },
  ]) {
    assert.equal(run([operation]), 400, JSON.stringify(operation));
  }
  for (const operation of [
    null,
    {},
    { op: null, path: '/a' },
    { op: 'remove', path: null },
    { op: 'copy', from: null, path: '/c' },
    { op: 'replace', path: '', value: null },
    { op: 'replace', path: '', value: 'x' },
    { op: 'replace', path: '' },
    { op: 'test', path: '/a', value: 2 },
    { op: 'remove', path: '/c' },
    { op: 'replace', path: '/a/1', value: 1 },
    { op: 'add', path: '', value: {} },
    { op: 'add', path: '/a/2', value: 1 },
    { op: 'add', path: '/c/d', value: 1 },
    { op: 'add', path: '/b/0', value: 1 },
    { op: 'move', from: '/c', path: '/d' },
    { op: 'copy', from: '/c/d', path: '/d' },
    { op: 'noop', path: '/a' },
    { op: 'remove', path: 'a' },
    { op: 'remove' },
  ]) {
    assert.equal(run([operation]), 422, JSON.stringify(operation));
  }
  assert.equal(run(new Array(10_001).fill({ op: 'test', path: '/a/0', value: 1 })), 413);
});

test('JSON patch: why one does not apply, as the library of upstream says it', () => {
  const why = (operation: object) => {
    try {
      applyJsonPatch({ a: [1], b: 'text' }, [operation]);
      return undefined;
    } catch (error) {
      return patchFailure(error);
    }
  };
  const cases: [object, string][] = [
    [
      { op: 'add', path: '/c/d', value: 1 },
      'add operation does not apply: doc is missing path: "/c/d": missing value',
    ],
    [
      { op: 'replace', path: '/c/d', value: 1 },
      'replace operation does not apply: doc is missing path: /c/d: missing value',
    ],
    [
      { op: 'replace', path: '/a/7', value: 1 },
      'replace operation does not apply: doc is missing key: /a/7: missing value',
    ],
    [
      { op: 'remove', path: '/c' },
      "error in remove for path: '/c': Unable to remove nonexistent key: c: missing value",
    ],
    [
      { op: 'remove', path: '/a/7' },
      "error in remove for path: '/a/7': Unable to access invalid index: 7: invalid index referenced",
    ],
    [{ op: 'test', path: '/b', value: 1 }, 'testing value /b failed: test failed'],
    [
      { op: 'add', path: '/a/x', value: 1 },
      `error in add for path: '/a/x': value was not a proper array index: 'x': strconv.Atoi: parsing "x": invalid syntax`,
    ],
    [
      { op: 'remove', path: '/a/-' },
      `error in remove for path: '/a/-': strconv.Atoi: parsing "-": invalid syntax`,
    ],
    [{ op: 'remove' }, 'remove operation failed to decode path: missing value'],
    [
      { op: 'replace' },
      'replace operation failed to decode path: operation missing path field: missing value',
    ],
    [{ op: 'nothing' }, 'Unexpected kind: nothing'],
    [
      { op: 'copy', path: '/a' },
      'copy operation failed to decode from: operation, missing from field: missing value',
    ],
    [
      { op: 'test', path: '/c/d', value: 1 },
      'test operation does not apply: is missing path: /c/d: missing value',
    ],
  ];
  for (const [operation, message] of cases) assert.equal(why(operation), message);
});

test('JSON patch: copies cannot blow an object up', () => {
  const doubling = Array.from({ length: 40 }, (_, i) => ({ op: 'copy', from: '/a', path: `/a/${i}` }));
  assert.equal(
    codeOf(() => applyJsonPatch({ a: { x: 'x'.repeat(1000) } }, doubling)),
    422,
  );
});

test('merge patch: the cases of RFC 7386', () => {
  const cases: [unknown, unknown, unknown][] = [
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [['a'], { a: 1 }, { a: 1 }],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
    [{ a: 'foo' }, ['c'], ['c']],
    // Upstream's library goes further: what is put where no object was has no nulls in its objects, wherever they are.
    [{}, { a: [1, { b: null, c: { d: null } }, null] }, { a: [1, { c: {} }, null] }],
    [{ a: [0] }, { a: [{ b: null }] }, { a: [{}] }],
    [{ a: { b: 1 } }, { a: [{ b: null }] }, { a: [{ b: null }] }],
  ];
  for (const [original, patch, want] of cases) {
    assert.deepEqual(applyMergePatch(deepFreeze(original), deepFreeze(patch)), want);
  }
});

test('three-way merge patch: deletes only what was applied before', () => {
  const patch = createThreeWayJsonMergePatch(
    { a: 1, gone: { x: 1 } },
    { a: 2, nested: { b: 1 } },
    { a: 1, gone: { x: 1 }, others: 3, nested: { b: 1, c: 2 } },
  );
  assert.deepEqual(patch, { a: 2, gone: null });
});

const json = fc.object({
  key: fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor'),
  maxDepth: 3,
  values: [fc.integer(), fc.string(), fc.boolean()],
});

test('a computed merge patch turns one object into the other', () => {
  fc.assert(
    fc.property(json, json, (a, b) => {
      const original = JSON.parse(JSON.stringify(a));
      const modified = JSON.parse(JSON.stringify(b));
      const patch = createMergePatch(original, modified);
      assert.deepEqual(applyMergePatch(deepFreeze(original), patch), modified);
    }),
  );
});

const pointer = fc.stringMatching(/^(\/(a|b|0|1|-1|-|__proto__|constructor|~1)){0,3}$/);
const operation = fc.record({
  op: fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test', 'x'),
  path: fc.oneof(pointer, fc.string()),
  from: pointer,
  value: fc.jsonValue(),
});

test('any JSON patch applies or is refused, and never harms the original or a prototype', () => {
  fc.assert(
    fc.property(json, fc.oneof(fc.array(operation, { maxLength: 6 }), fc.jsonValue()), (object, patch) => {
      const code = codeOf(() => applyJsonPatch(deepFreeze(object), patch));
      assert.ok([200, 400, 413, 422].includes(code));
      assert.deepEqual(Object.keys(Object.prototype), []);
    }),
    { numRuns: 300 },
  );
});

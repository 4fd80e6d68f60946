import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { compareElements, fieldElement, keyElement, pathText, valueElement } from './element.ts';
import {
  type FieldSet,
  difference,
  emptySet,
  hasPath,
  intersection,
  isEmpty,
  matching,
  pathsOf,
  recursiveDifference,
  setOf,
  union,
} from './field-set.ts';

const element = fc.oneof(
  fc.constantFrom('a', 'b', 'c', '.', '__proto__', 'constructor').map(fieldElement),
  fc.constantFrom(1, 2, 10, 'x', true).map(valueElement),
  fc
    .record({ name: fc.constantFrom('p', 'q'), port: fc.constantFrom(80, 8080) })
    .map(keys => keyElement(Object.entries(keys))),
);
const path = fc.array(element, { minLength: 1, maxLength: 4 });
const set = fc.array(path, { maxLength: 12 }).map(paths => setOf(...paths));

const textsOf = (given: FieldSet): string[] => [...pathsOf(given)].map(found => found.join('\u0000')).sort();
const isPrefix = (prefix: string, of: string) => of.startsWith(`${prefix}\u0000`);

/** Nodes say '.' only beside children, and their elements are in order. */
function assertCanonical(node: FieldSet): void {
  const elements = Object.keys(node);
  if (elements[0] === '.') elements.shift();
  else assert.ok(!('.' in node));
  assert.ok(Object.keys(node).length !== 1 || Object.keys(node)[0] !== '.');
  assert.deepEqual(elements, [...elements].sort(compareElements));
  for (const name of elements) assertCanonical(node[name]!);
}

describe('a field set', () => {
  it('holds the paths that are put in, and no other', () => {
    fc.assert(
      fc.property(fc.array(path), path, (paths, other) => {
        const made = setOf(...paths);
        assertCanonical(made);
        for (const one of paths) assert.ok(hasPath(made, one));
        const known = paths.some(one => one.join() === other.join());
        assert.equal(hasPath(made, other), known);
        assert.deepEqual(textsOf(made), [...new Set(paths.map(one => one.join('\u0000')))].sort());
      }),
    );
  });

  it('is its own FieldsV1', () => {
    const made = setOf(['f:a'], ['f:a', 'f:b'], ['f:c', 'k:{"name":"x"}']);
    assert.deepEqual(made, { 'f:a': { '.': {}, 'f:b': {} }, 'f:c': { 'k:{"name":"x"}': {} } });
  });

  const operations = {
    union: { apply: union, expect: (inA: boolean, inB: boolean) => inA || inB },
    intersection: { apply: intersection, expect: (inA: boolean, inB: boolean) => inA && inB },
    difference: { apply: difference, expect: (inA: boolean, inB: boolean) => inA && !inB },
  };
  for (const [name, { apply, expect }] of Object.entries(operations)) {
    it(`has the ${name} that sets of paths have`, () => {
      fc.assert(
        fc.property(set, set, (a, b) => {
          const result = apply(a, b);
          assertCanonical(result);
          const [left, right] = [textsOf(a), textsOf(b)];
          const wanted = [...new Set([...left, ...right])].filter(one =>
            expect(left.includes(one), right.includes(one)),
          );
          assert.deepEqual(textsOf(result), wanted.sort());
        }),
      );
    });
  }

  it('takes away what is below members, where asked to', () => {
    fc.assert(
      fc.property(set, set, (a, b) => {
        const result = recursiveDifference(a, b);
        assertCanonical(result);
        const taken = textsOf(b);
        const wanted = textsOf(a).filter(one => !taken.some(other => other === one || isPrefix(other, one)));
        assert.deepEqual(textsOf(result), wanted);
      }),
    );
  });

  it('is handed back as it is where nothing changes', () => {
    fc.assert(
      fc.property(set, set, (a, b) => {
        assert.equal(union(a, a), a);
        const both = union(a, b);
        assert.equal(union(both, a), both);
        assert.equal(difference(a, difference(b, a)), a);
        assert.equal(difference(a, emptySet), a);
        assert.equal(intersection(a, a), a);
        assert.ok(isEmpty(difference(a, a)));
      }),
    );
  });

  it('lets through what a pattern matches', () => {
    const given = setOf(
      ['f:spec', 'f:containers', 'k:{"name":"a"}', 'f:resources', 'f:limits'],
      ['f:spec', 'f:containers', 'k:{"name":"a"}', 'f:image'],
      ['f:spec', 'f:nodeName'],
    );
    const pattern = setOf(['f:spec', 'f:containers', '*', 'f:resources']);
    assert.deepEqual(textsOf(matching(given, pattern)), [
      'f:spec\u0000f:containers\u0000k:{"name":"a"}\u0000f:resources\u0000f:limits',
    ]);
    assert.deepEqual(matching(given, setOf(['f:status'])), {});
  });
});

describe('path elements', () => {
  it('stand in the order fields, keys, values, indices', () => {
    const ordered = [
      'f:a',
      'f:b',
      'k:{"containerPort":80,"protocol":"TCP"}',
      'k:{"containerPort":8080,"protocol":"TCP"}',
      'k:{"name":"a"}',
      'v:2',
      'v:10',
      'v:"a"',
      'v:true',
      'i:2',
      'i:10',
    ];
    for (const [i, a] of ordered.entries()) {
      for (const [j, b] of ordered.entries())
        assert.equal(Math.sign(compareElements(a, b)), Math.sign(i - j));
    }
  });

  it('read as upstream shows them', () => {
    const shown = pathText([
      fieldElement('spec'),
      keyElement([
        ['protocol', 'TCP'],
        ['containerPort', 80],
      ]),
      valueElement('a"b'),
      'i:3',
    ]);
    assert.equal(shown, '.spec[containerPort=80,protocol="TCP"][="a\\"b"][3]');
  });

  it('escape what Go escapes', () => {
    assert.equal(valueElement('a<b>&'), 'v:"a\\u003cb\\u003e\\u0026"');
  });
});

/** What holds of any values and any managers. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { deepEqual } from '#base/equal.ts';
import { atOnce } from '#base/steps.ts';
import {
  type FieldSet,
  difference,
  hasPath,
  intersection,
  isEmpty,
  pathsOf,
  recursiveDifference,
  renamed,
  setOf,
  union,
} from '../fields/field-set.ts';
import { type Comparison, compareInSteps, compareTyped, noDifference } from './compare.ts';
import type { Managers } from './managers.ts';
import { mergeTyped } from './merge.ts';
import { removeItems } from './remove.ts';
import { ChangeShapes } from './shape.ts';
import { Life, list, map, number, string, struct } from './testing.ts';
import { toFieldSet } from './to-field-set.ts';
import { deduced, TypedError } from './typed.ts';
import { ApplyConflicts, trackUpdate } from './updater.ts';

const item = struct({ name: string, value: number, tags: list(string, 'set') });
const kind = struct({
  n: number,
  set: list(string, 'set'),
  items: list(item, 'map', 'name'),
  atomics: list(string, 'atomic'),
  labels: map(string),
  inner: struct({ a: string, b: map(string, 'atomic') }),
  free: deduced,
});

const uids = ['0000000a-0000-4000-8000-000000000000', '0000000b-0000-4000-8000-000000000000'];
const word = fc.constantFrom('a', 'b', 'c', '__proto__', ...uids);
const words = fc.uniqueArray(word, { maxLength: 3 });
const digit = fc.constantFrom(0, 1, 2);
const labels = fc.dictionary(word, word, { maxKeys: 3 });
const anyItem = fc.record({ name: word, value: digit, tags: words }, { requiredKeys: ['name'] });
const value = fc
  .record(
    {
      n: digit,
      set: words,
      items: fc.uniqueArray(anyItem, { maxLength: 3, selector: ({ name }) => name }),
      atomics: fc.array(word, { maxLength: 3 }),
      labels,
      inner: fc.record({ a: word, b: labels }, { requiredKeys: [] }),
      free: fc.record({ digit, words, labels }, { requiredKeys: [] }),
    },
    { requiredKeys: [] },
  )
  .map(made => JSON.parse(JSON.stringify(made)) as { labels?: object });

/** What shapes stand for: checks that they say all, whatever the elements are that they leave open. */
class Shapes {
  readonly #shapes = new ChangeShapes<{ elements: readonly string[]; comparison: Comparison }>();
  size = 0;

  /** False where nothing differs. */
  check(a: unknown, b: unknown, comparison: Comparison, except?: FieldSet): boolean {
    const { isEmpty, node, elements } = this.#shapes.of(kind, a, b, except);
    if (isEmpty) return false;
    const known = node!.value;
    node!.value = { elements, comparison };
    if (!known) {
      this.size++;
      return true;
    }
    const names = new Map(known.elements.map((element, i) => [element, elements[i]!]));
    for (const part of ['added', 'modified', 'removed'] as const) {
      const expected = renamed(known.comparison[part], names);
      assert.equal(JSON.stringify(expected), JSON.stringify(comparison[part]), 'in their order too');
    }
    return true;
  }
}

describe('comparing', () => {
  it('finds nothing exactly where values are equal', () => {
    fc.assert(
      fc.property(value, value, (a, b) => {
        const { added, modified, removed } = compareTyped(kind, a, b);
        const same = isEmpty(added) && isEmpty(modified) && isEmpty(removed);
        // The order of keyed lists is no field of anybody.
        if (deepEqual(a, b)) assert.ok(same);
        if (!same) assert.ok(!deepEqual(a, b));
        assert.ok(isEmpty(intersection(added, removed)));
        assert.ok(isEmpty(intersection(added, modified)));
      }),
    );
  });

  it('is the same from either side', () => {
    fc.assert(
      fc.property(value, value, (a, b) => {
        const there = compareTyped(kind, a, b);
        const back = compareTyped(kind, b, a);
        assert.deepEqual(there.added, back.removed);
        assert.deepEqual(there.modified, back.modified);
      }),
    );
  });
});

describe('comparing in steps', () => {
  it('finds what comparing at once does, in the same order', () => {
    const some = fc.oneof(value, fc.record({ items: fc.array(anyItem, { maxLength: 3 }), free: labels }));
    const left = fc.oneof(some, fc.constant({}));
    const except = fc.constantFrom(undefined, setOf(['f:labels'], ['f:inner', 'f:a']));
    const told = (compare: () => Comparison) => {
      try {
        return JSON.stringify(compare());
      } catch (error) {
        if (error instanceof TypedError) return error.name;
        throw error;
      }
    };
    fc.assert(
      fc.property(left, some, except, (a, b, but) => {
        const inSteps = told(() => atOnce(compareInSteps(kind, a, b, but)));
        assert.equal(
          inSteps,
          told(() => compareTyped(kind, a, b, but)),
        );
      }),
      { numRuns: 2000 },
    );
  });
});

describe('what is excepted from comparing', () => {
  it('is what would be taken away afterwards', () => {
    const except = setOf(['f:labels'], ['f:inner', 'f:a'], ['f:set', 'v:"a"']);
    fc.assert(
      fc.property(value, value, (a, b) => {
        const all = compareTyped(kind, a, b);
        const some = compareTyped(kind, a, b, except);
        for (const part of ['added', 'modified', 'removed'] as const) {
          assert.deepEqual(recursiveDifference(some[part], except), recursiveDifference(all[part], except));
        }
        const labels = { labels: b.labels };
        assert.ok(isEmpty(compareTyped(kind, {}, labels, except).added));
      }),
    );
  });
});

describe('the shape of a new object', () => {
  const zero = { n: 0, set: null, labels: {}, inner: { a: '' } };
  const fresh = fc.oneof(value, fc.record({ n: digit, labels, inner: fc.constant(null) }));
  const author = { name: 'm', operation: 'Update', apiVersion: 'v1', subresource: '' } as const;
  const tracking = {
    versions: { schemaOf: () => kind, convert: async () => undefined },
    filter: (set: FieldSet) => set,
  };
  const track = (made: unknown, isZero: boolean) => {
    const version = { apiVersion: 'v1', schema: kind };
    return trackUpdate(
      tracking,
      { ...version, value: zero, isZero },
      { ...version, value: made },
      new Map(),
      author,
    );
  };

  it('tells apart whatever differs in what it adds', () => {
    const shapes = new Shapes();
    fc.assert(
      fc.property(fresh, made => {
        shapes.check(zero, made, compareTyped(kind, zero, made));
      }),
      { numRuns: 2000 },
    );
    assert.ok(shapes.size > 100 && shapes.size < 2000);
  });

  it('gives its author the same fields, remembered or not', async () => {
    await fc.assert(
      fc.asyncProperty(fresh, async made => {
        const plain = await track(made, false);
        assert.deepEqual(await track(made, true), plain);
        assert.deepEqual(await track(made, true), plain);
      }),
    );
  });
});

describe('the shape of a change', () => {
  const except = setOf(['f:labels'], ['f:inner', 'f:a'], ['f:set', 'v:"a"']);
  const doubled = fc.array(anyItem, { maxLength: 3 });
  const some = fc.oneof(value, fc.record({ items: doubled, free: fc.oneof(digit, words, labels) }));

  for (const [what, left] of [
    ['nothing', undefined],
    ['something', except],
  ] as const) {
    it(`tells changes apart where ${what} is excepted`, () => {
      const shapes = new Shapes();
      let count = 0;
      fc.assert(
        fc.property(some, some, (a, b) => {
          const comparison = compareTyped(kind, a, b, left);
          assert.equal(shapes.check(a, b, comparison, left), comparison !== noDifference);
          count++;
        }),
        { numRuns: 3000 },
      );
      assert.ok(shapes.size < count);
    });
  }

  it('leaves all managers what they have without it', async () => {
    const versions = { schemaOf: () => kind, convert: async () => undefined };
    const version = { apiVersion: 'v1', schema: kind };
    const author = (name: string) => ({
      ...({ name, operation: 'Update', apiVersion: 'v1', subresource: '' } as const),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom('m', 'n'), some), { maxLength: 5 }),
        async writes => {
          // What is remembered is remembered by the filter.
          const shared = { versions, filter: (set: FieldSet) => set };
          let [live, known]: [unknown, Managers] = [{}, new Map()];
          for (const [name, next] of writes) {
            const states = [shared, shared, { versions, filter: (set: FieldSet) => set }].map(tracking =>
              trackUpdate(
                tracking,
                { ...version, value: live },
                { ...version, value: next },
                known,
                author(name),
              ),
            );
            const [first, again, anew] = await Promise.all(states);
            assert.deepEqual(again, first);
            assert.deepEqual(anew, first);
            [live, known] = [next, first!];
          }
        },
      ),
    );
  });
});

describe('merging', () => {
  it('makes everything true that the configuration states', () => {
    fc.assert(
      fc.property(value, value, (live, config) => {
        const merged = mergeTyped(kind, live, config);
        const stated = toFieldSet(kind, config);
        const { added, modified, removed } = compareTyped(kind, merged, config);
        const different = union(union(added, modified), removed);
        assert.ok(isEmpty(intersection(different, stated)));
        assert.deepEqual(mergeTyped(kind, merged, config), merged);
      }),
    );
  });

  it('leaves alone what the configuration does not state', () => {
    fc.assert(
      fc.property(value, value, (live, config) => {
        const { added, modified, removed } = compareTyped(kind, live, mergeTyped(kind, live, config));
        assert.ok(isEmpty(removed));
        const allowed = union(toFieldSet(kind, config), compareTyped(kind, {}, config).added);
        assert.ok(isEmpty(difference(union(added, modified), allowed)));
      }),
    );
  });

  it('changes neither side', () => {
    fc.assert(
      fc.property(value, value, (live, config) => {
        const before = structuredClone([live, config]);
        mergeTyped(kind, live, config);
        removeItems(kind, live, toFieldSet(kind, config));
        assert.deepEqual([live, config], before);
      }),
    );
  });
});

describe('removing', () => {
  it('leaves nothing of the set, and nothing else goes', () => {
    fc.assert(
      fc.property(value, value, (live, other) => {
        const set = toFieldSet(kind, other);
        const left = removeItems(kind, live, set);
        const found = left === null ? {} : toFieldSet(kind, left);
        for (const path of pathsOf(found)) {
          // A container that was emptied shows as null.
          assert.ok(!hasPath(set, path) || valueAt(left, path) === null);
        }
      }),
    );
  });
});

function valueAt(root: unknown, path: readonly string[]): unknown {
  let at: unknown = root;
  for (const element of path) {
    if (element.startsWith('f:')) at = (at as Record<string, unknown>)[element.slice(2)];
    else return undefined;
  }
  return at;
}

const manager = fc.constantFrom('one', 'two', 'three');
const step = fc.record({ manager, applies: fc.boolean(), force: fc.boolean(), value });

/** Runs the steps; those that conflict are left out. */
async function live(steps: readonly { manager: string; applies: boolean; force: boolean; value: unknown }[]) {
  const life = new Life(kind);
  for (const { manager: name, applies, force, value: next } of steps) {
    try {
      await (applies ? life.apply(name, next, 'v1', force) : life.update(name, next));
    } catch (error) {
      if (!(error instanceof ApplyConflicts)) throw error;
    }
  }
  return life;
}

describe('managers', () => {
  it('own nothing that is not there', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 6 }), async steps => {
        const { value: now, managers } = await live(steps);
        if (now === null) return;
        const there = union(toFieldSet(kind, now), compareTyped(kind, {}, now).added);
        for (const { set, operation } of managers.values()) {
          assert.ok(!isEmpty(set));
          if (operation === 'Update') assert.deepEqual([...pathsOf(difference(set, there))], []);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('change nothing by applying again', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 4 }), value, async (steps, config) => {
        const life = await live(steps);
        await life.apply('again', config, 'v1', true);
        const { value: before, managers } = life;
        await life.apply('again', config, 'v1', false);
        assert.deepEqual(life.value, before);
        assert.deepEqual(life.managers, managers);
      }),
      { numRuns: 150 },
    );
  });

  it('leave no trace when an applier of its own fields goes', async () => {
    await fc.assert(
      fc.asyncProperty(value, value, async (first, config) => {
        const life = new Life(kind);
        await life.update('updater', first);
        await life.apply('passing', config, 'v1', true);
        await life.apply('passing', {}, 'v1', true);
        assert.equal(life.setOf('passing'), undefined);
      }),
      { numRuns: 150 },
    );
  });
});

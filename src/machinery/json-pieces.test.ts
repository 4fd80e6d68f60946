import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { atOnce } from '#base/steps.ts';
import { parseInPieces } from './json-pieces.ts';

const value = fc.jsonValue({ maxDepth: 5 });
const spaced = fc.constantFrom('', ' ', '\n', '\t ');
const pieceLength = fc.integer({ min: 0, max: 12 });

/** The value with its members in their order, or what the parser says. */
function outcome(parse: () => unknown): unknown {
  try {
    const parsed = parse();
    return { parsed, text: JSON.stringify(parsed) };
  } catch (error) {
    return { message: (error as Error).message };
  }
}

function agree(text: string, length: number): void {
  assert.deepEqual(
    outcome(() => atOnce(parseInPieces(text, length))),
    outcome(() => JSON.parse(text)),
    `${text} by ${length}`,
  );
}

test('pieces of a text come to what the whole does', () => {
  fc.assert(
    fc.property(value, pieceLength, spaced, (one, length, space) => {
      const text = JSON.stringify(one, undefined, space);
      agree(`${space}${text}${space}`, length);
    }),
    { numRuns: 500 },
  );
});

test('what is no JSON is refused in the words of JSON.parse', () => {
  const edit = fc.record({
    at: fc.nat(),
    insert: fc.constantFrom('', ',', ':', '"', '[', ']', '{', '}', ' ', '1', '\\', '"a":'),
  });
  fc.assert(
    fc.property(value, pieceLength, fc.array(edit, { minLength: 1, maxLength: 3 }), (one, length, edits) => {
      let text = JSON.stringify(one);
      for (const { at, insert } of edits) {
        const from = at % (text.length + 1);
        text = text.slice(0, from) + insert + text.slice(from + (at % 2));
      }
      agree(text, length);
    }),
    { numRuns: 2000 },
  );
});

test('members that come twice, in any piece, and of any name', () => {
  for (const text of [
    '{"a":1,"b":[1,2,3],"a":[4,5,{"c":6}],"b":{"__proto__":{"x":[1]},"1":2,"0":3}}',
    '[[],[[],[[]]],{},{"a":{}}]',
    '[1,2,]',
    '[1,,2]',
    '{"a":[1,2]"b":3}',
    '[[1,2][3,4]]',
    '{"a":1}{"b":2}',
    '{"a":{"b":[1,2,3],},"c":4}',
    '{"a" [1,2,3]}',
    '{"a":"b":[1,2,3]}',
    '["abc',
    '[1,2}',
  ]) {
    for (let length = 0; length < text.length; length++) agree(text, length);
  }
});

test('stops between the pieces', () => {
  const text = JSON.stringify(Array.from({ length: 1000 }, (_, i) => ({ [`k${i}`]: [i] })));
  let stops = 0;
  for (const steps = parseInPieces(text, 256); !steps.next().done; ) stops++;
  assert.ok(stops > text.length / 512, String(stops));
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LineSplitter } from './watch-frames.ts';

test('lines come out whole wherever the stream is cut', () => {
  const lines = fc.array(
    fc.string({ unit: 'grapheme', minLength: 1 }).filter(line => line.trim() !== '' && !line.includes('\n')),
  );
  fc.assert(
    fc.property(lines, fc.array(fc.nat(400)), (expected, cuts) => {
      const bytes = new TextEncoder().encode(expected.map(line => `${line}\n`).join(''));
      const splitter = new LineSplitter();
      const got: string[] = [];
      let start = 0;
      for (const cut of [...cuts.sort((a, b) => a - b), bytes.length]) {
        got.push(...splitter.push(bytes.subarray(start, Math.min(cut, bytes.length))));
        start = Math.max(start, Math.min(cut, bytes.length));
      }
      // A byte order mark at the start of a line is no part of a text; JSON never starts with one.
      assert.deepEqual(
        got,
        expected.map(line => line.replace(/^\uFEFF/, '')),
      );
    }),
  );
});

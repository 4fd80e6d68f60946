import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { VirtualClock } from '#base/virtual-clock.ts';
import { DecodeError } from '#machinery/decode-error.ts';
import { StatusError } from '#machinery/status.ts';
import { type YamlReading, readYaml } from '#machinery/yaml.ts';
import { ThreadedYaml } from './threaded-yaml.ts';

const settle = () => new Promise<void>(resolve => setImmediate(resolve));
const clock = () => new VirtualClock(settle);

const outcome = (error: unknown) => {
  assert.ok(error instanceof DecodeError, String(error));
  return error.message;
};

test('the thread reads what would have been read here, and says the same of what is none', async () => {
  using reader = new ThreadedYaml(clock());
  const piece = fc.constantFrom('a', ': ', '\n', '- ', '&x ', '*x', '{', '}', '[', ']', '"', '1.0', '!!int ');
  const here = (text: string): YamlReading | string => {
    try {
      return readYaml(text);
    } catch (error) {
      return outcome(error);
    }
  };
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async pieces => {
      const text = pieces.join('');
      assert.deepEqual(await reader.read(text).catch(outcome), here(text));
    }),
    { numRuns: 200 },
  );
});

test('answers come to whom they belong', async () => {
  using reader = new ThreadedYaml(clock());
  const texts = Array.from({ length: 20 }, (_, i) => `a: ${i}`);
  const readings = await Promise.all(texts.map(text => reader.read(text)));
  assert.deepEqual(
    readings.map(({ json }) => json),
    texts.map((_, i) => `{"a":${i}}`),
  );
});

test('a thread that ends in the midst of a text is told of, and the next text has another', async () => {
  using reader = new ThreadedYaml(clock(), 16);
  const lines = Array.from({ length: 100_000 }, (_, i) => `key-${i}: v`).join('\n');
  const failed = [reader.read(lines), reader.read('a: 1')];
  for (const reading of failed) {
    await assert.rejects(reading, (error: StatusError) => error.code === 500);
  }
  assert.equal((await reader.read('a: 1')).json, '{"a":1}');
});

test('no more than so many wait, and nobody once it is over', async () => {
  const reader = new ThreadedYaml(clock());
  const waiting = Array.from({ length: 64 }, () => reader.read('a: 1'));
  await assert.rejects(reader.read('a: 1'), (error: StatusError) => error.code === 429);
  reader[Symbol.dispose]();
  for (const reading of waiting) await assert.rejects(reading, StatusError);
  await assert.rejects(reader.read('a: 1'), (error: StatusError) => error.code === 503);
});

test('a thread that nobody needs ends, and starts again', async () => {
  const idle = clock();
  using reader = new ThreadedYaml(idle);
  await reader.read('a: 1');
  await idle.advance(60_000);
  assert.equal((await reader.read('a: 2')).json, '{"a":2}');
});

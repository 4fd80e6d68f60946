import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryFs } from '../host/memory-host.ts';
import { type Payload, writeAtomically } from './atomic-writer.ts';

function payload(files: Record<string, string>): Payload {
  return new Map(
    Object.entries(files).map(([path, text]) => [path, { data: Buffer.from(text), mode: 0o644 }]),
  );
}

async function texts(fs: MemoryFs, names: string[]): Promise<(string | undefined)[]> {
  const files = await Promise.all(names.map(name => fs.readFile(`/v/${name}`)));
  return files.map(bytes => bytes && Buffer.from(bytes).toString());
}

test('swaps all files at once and clears what is gone', async () => {
  const fs = new MemoryFs();
  await fs.makeDirectory('/v');
  await writeAtomically(fs, '/v', payload({ a: '1', 'dir/b': '2' }), { nowMs: 0 });
  assert.deepEqual(await texts(fs, ['a', 'dir/b']), ['1', '2']);
  const first = await fs.readLink('/v/..data');
  await writeAtomically(fs, '/v', payload({ a: '1', 'dir/b': '2' }), { nowMs: 1_000 });
  assert.equal(await fs.readLink('/v/..data'), first, 'nothing is written when nothing has changed');
  await writeAtomically(fs, '/v', payload({ a: '3', c: '4' }), { nowMs: 2_000 });
  assert.deepEqual(await texts(fs, ['a', 'c', 'dir/b']), ['3', '4', undefined]);
  const left = await fs.list('/v');
  assert.deepEqual(
    left.filter(name => !name.startsWith('..1')),
    ['..data', 'a', 'c'],
  );
  assert.equal(left.length, 4, 'the old files are gone');
});

test('a write at the same instant takes a name of its own', async () => {
  const fs = new MemoryFs();
  await fs.makeDirectory('/v');
  await writeAtomically(fs, '/v', payload({ a: '1' }), { nowMs: 0 });
  const first = await fs.readLink('/v/..data');
  await writeAtomically(fs, '/v', payload({ a: '2' }), { nowMs: 0 });
  assert.notEqual(await fs.readLink('/v/..data'), first);
  assert.deepEqual(await texts(fs, ['a']), ['2']);
});

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { kindExplainers } from './registry.ts';

/** Files of this folder that explain no kind by themselves. */
const parts = new Set(['controllers', 'eviction', 'generic', 'pods-of', 'registry']);

test('every kind on the disk is registered, each once', () => {
  const folder = new URL('./', import.meta.url);
  const onDisk = readdirSync(folder)
    .map(name => name.replace(/\.ts$/, ''))
    .filter(name => !parts.has(name) && !name.endsWith('.test'));
  const registry = readFileSync(new URL('registry.ts', folder), 'utf8');
  const imported = Array.from(registry.matchAll(/from '\.\/([\w-]+)\.ts'/g), match => match[1]!);
  assert.deepEqual(imported.sort(), onDisk.sort());
  const kinds = kindExplainers.map(({ ref }) => `${ref.group}/${ref.kind}`);
  assert.equal(new Set(kinds).size, kinds.length);
});

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { noAuthority } from './shared/certificate-requests.ts';
import { builtInControllers } from './registry.ts';

const controllers = builtInControllers({ rootCa: '', authority: noAuthority, issueSecretToken: () => '' });

test('every folder with a controller is registered, and imports are sorted', async () => {
  const { readFileSync } = await import('node:fs');
  const source = readFileSync(new URL('./registry.ts', import.meta.url), 'utf8');
  const imported = Array.from(source.matchAll(/from '\.\/(\w+)\/controller\.ts'/g), match => match[1]!);
  const folders = readdirSync(import.meta.dirname, { withFileTypes: true })
    .filter(entry => entry.isDirectory() && entry.name !== 'shared')
    .map(entry => entry.name);
  assert.deepEqual(imported.toSorted(), folders.toSorted());
  const registered = source.slice(source.indexOf('return ['));
  const names = Array.from(registered.matchAll(/^ {4}(\w+)/gm), match => match[1]!.toLowerCase());
  assert.deepEqual(names, names.toSorted());
  assert.equal(names.length, controllers.length);
});

test('names are unique', () => {
  assert.equal(new Set(controllers.map(controller => controller.name)).size, controllers.length);
});

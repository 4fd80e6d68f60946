import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { defaultProfile } from '../profile.ts';
import { pluginContext } from '../testing.ts';
import { pluginRegistry } from './registry.ts';

const names = Object.keys(pluginRegistry);

test('each plugin has one folder, and one line here', () => {
  const folders = readdirSync(new URL('.', import.meta.url), { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .map(entry => entry.name);
  const kebab = (name: string) => name.replace(/(?<=[a-z])[A-Z]/g, upper => `-${upper}`).toLowerCase();
  assert.deepEqual(names.map(kebab).sort(), folders.sort());
});

test('each plugin goes by the name it is registered under', () => {
  const context = { ...pluginContext(), args: {} };
  for (const [name, make] of Object.entries(pluginRegistry)) assert.equal(make(context).name, name);
});

test('the default profile runs them as they stand here, and weighs only what it runs', () => {
  assert.deepEqual(defaultProfile.plugins, names);
  for (const name of Object.keys(defaultProfile.weights)) assert.ok(names.includes(name), name);
});

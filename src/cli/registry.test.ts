import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { builtInCommands } from './registry.ts';

/** Files of commands/ that serve another command. */
const parts = new Set(['apply-last-applied']);

test('every command on the disk is registered once, in order', () => {
  const folder = new URL('./commands/', import.meta.url);
  const onDisk = readdirSync(folder)
    .map(name => name.replace(/\.ts$/, ''))
    .filter(name => !parts.has(name) && !name.endsWith('.test'));
  const names = builtInCommands.map(command => command.name);
  assert.deepEqual([...names].sort(), [...onDisk, 'uncordon'].sort());
  assert.deepEqual(names, [...names].sort());
});

test('no command has two flags of one name or letter', () => {
  const visit = (commands: readonly (typeof builtInCommands)[number][]) => {
    for (const command of commands) {
      const names = (command.flags ?? []).map(flag => flag.name);
      const letters = (command.flags ?? []).flatMap(flag => (flag.short ? [flag.short] : []));
      assert.equal(new Set(names).size, names.length, command.name);
      assert.equal(new Set(letters).size, letters.length, command.name);
      visit(command.subcommands ?? []);
    }
  };
  visit(builtInCommands);
});

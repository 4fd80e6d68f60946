import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configMaps } from '#api/generated/refs.ts';
import { defineController } from '#runtime/controller.ts';
import { finalizerStuck } from '#sim/planted/finalizer-stuck.ts';
import type { Problem, Step } from './exploration.ts';
import { explore, replay } from './explore.ts';

const metadata = { namespace: 'default', name: 'a' };
const idle = defineController({ name: 'idle', for: configMaps, reconcile: async () => {} });
const create: Step = { name: 'create a', act: client => client.create(configMaps, { metadata }) };

test('the same arguments give the same report', async () => {
  const look = () => explore(() => finalizerStuck.exploration(false), { budget: 40, seed: 3 });
  const [first, second] = [await look(), await look()];
  assert.ok(first.failure);
  assert.deepEqual(second, first);
});

test('a failure is minimal: with any of its faults or steps less nothing goes wrong', async () => {
  const exploration = () => finalizerStuck.exploration(false);
  let found = '';
  const onFound = (script: string, { kind }: Problem) => {
    found = `${script}${kind}`;
  };
  const { failure } = await explore(exploration, { budget: 40, onFound });
  assert.match(found, new RegExp(`^fault (.*\\n)*${failure!.problem.kind}$`, 'm'));
  const lines = failure!.text.split('\n');
  const parts = lines.filter(line => /^(?:fault|step) /.test(line));
  assert.ok(parts.length >= 2);
  for (const part of parts) {
    const less = lines.filter(line => line !== part).join('\n');
    assert.equal((await replay(exploration, less))?.problem.kind === failure!.problem.kind, false, less);
  }
});

test('what fails without faults is told at once', async () => {
  const invariants = [{ name: 'nothing', always: () => 'there is something' }];
  const { runs, failure } = await explore({ controllers: [idle], steps: [create], invariants });
  assert.equal(runs, 1);
  assert.deepEqual(failure?.problem, { kind: 'nothing', text: 'there is something' });
  assert.deepEqual(failure?.script.faults, []);
});

test('a step that cannot be taken is a failure', async () => {
  const steps = [create, { ...create, name: 'create it again' }];
  const { failure } = await explore({ controllers: [idle], steps });
  assert.equal(failure?.problem.kind, 'step failed');
});

test('a controller that never rests is found', async () => {
  const busy = defineController({
    name: 'busy',
    setup: ({ client, clock }) => ({
      for: configMaps,
      reconcile: async () => {
        const data = { at: String(clock.monotonicMs()) };
        await client.patch(configMaps, 'default', 'a', 'merge', { data });
        return { requeueAfterMs: 100 };
      },
    }),
  });
  const { failure } = await explore({ controllers: [busy], steps: [create] });
  assert.match(failure!.problem.kind, /^(?:no rest|writes without end)$/);
});

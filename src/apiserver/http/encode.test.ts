import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '#base/virtual-clock.ts';
import { builtInResources } from '#api/registry.ts';
import type { Services } from '../handlers/context.ts';
import { Entry } from '../resources/entry.ts';
import type { ServedResource } from '../resources/served.ts';
import { Encoder } from './encode.ts';
import { type Representation, plainJson } from './negotiate.ts';

test('rows of a table are made once for all watchers, but for heads and ages', async () => {
  const clock = new VirtualClock(() => Promise.resolve());
  const encoder = new Encoder({ clock } as unknown as Services);
  const definition = builtInResources.find(({ kind }) => kind === 'ConfigMap')!;
  const served = {
    definition,
    stored: definition,
    version: definition.versions[0],
  } as unknown as ServedResource;
  const metadata = {
    name: 'a',
    namespace: 'b',
    resourceVersion: '7',
    creationTimestamp: '2026-01-01T00:00:00Z',
  };
  const entry = new Entry('b/a', 7, { apiVersion: 'v1', kind: 'ConfigMap', metadata });
  const form: Representation = { ...plainJson, as: 'table' };
  const frame = (isFirst = false) => encoder.watchEvent(served, 'MODIFIED', entry, form, 'Object', isFirst);
  const bytes = frame();
  assert.equal(frame(), bytes);
  const text = (one: Uint8Array) => Buffer.from(one).toString();
  assert.match(text(frame(true)), /"columnDefinitions":\[/);
  assert.match(text(frame()), /"columnDefinitions":null/);
  assert.doesNotMatch(
    text(encoder.watchEvent(served, 'MODIFIED', entry, form, 'None', false)),
    /"kind":"ConfigMap"/,
  );
  await clock.advance(1000);
  assert.notEqual(frame(), bytes);
});

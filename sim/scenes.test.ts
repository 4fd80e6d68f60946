import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explore } from '#explore/index.ts';
import { scenes } from './scenes.ts';

for (const [name, scene] of scenes()) {
  test(`${name} does what its story wants when nothing goes wrong`, async () => {
    const { failure } = await explore(scene, { budget: 1 });
    assert.equal(failure?.text, undefined);
  });
}

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { explore, replay } from '#explore/index.ts';
import { scenes } from './scenes.ts';

const all = scenes();
const scripts = join(import.meta.dirname, 'scripts');
// The first of these is without faults.
const budget = 3;

for (const [name, scene] of all) {
  test(`${name} does what its story wants, also when something goes wrong`, async () => {
    const { failure } = await explore(scene, { budget });
    assert.equal(failure?.text, undefined);
  });
}

for (const file of readdirSync(scripts)) {
  test(`${file}, which failed once, does so no more`, async () => {
    const text = readFileSync(join(scripts, file), 'utf8');
    const scene = all.get(/^explore (\S+)$/m.exec(text)![1]!)!;
    assert.equal((await replay(scene, text))?.text, undefined);
  });
}

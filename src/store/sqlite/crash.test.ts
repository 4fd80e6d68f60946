import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { SeededRandom } from '#base/random.ts';
import { crashRounds } from './crash-rounds.ts';

test('kill -9 under write load loses no acknowledged write', async t => {
  const directory = await mkdtemp(join(tmpdir(), 'coxswain-store-'));
  try {
    // CRASH_ROUNDS=200 for the long run.
    const rounds = Number(process.env.CRASH_ROUNDS ?? 5);
    const writes = await crashRounds(join(directory, 'state.db'), rounds, new SeededRandom(1));
    assert.ok(writes >= rounds);
    t.diagnostic(`${writes} acknowledged writes in ${rounds} rounds`);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fanOut } from './fan-out.ts';
import { runSeed } from './run.ts';

const seedsPerBlock = 25;

test('a seed gives the same transcript, byte for byte, whenever it is run', async () => {
  for (const seed of [3, 14, 35]) {
    const [first, second] = [await runSeed(seed), await runSeed(seed)];
    assert.ok(first.transcript.length > 1_000);
    assert.equal(second.transcript, first.transcript);
  }
});

test('another seed is another story', async () => {
  const [one, other] = [await runSeed(1), await runSeed(2)];
  assert.notEqual(one.transcript, other.transcript);
});

test('a worker tells the same story as the main thread', async () => {
  const here = await runSeed(54);
  await fanOut([54], ({ report }) => assert.deepEqual(report, here));
});

for (let first = 1; first <= 200; first += seedsPerBlock) {
  const seeds = Array.from({ length: seedsPerBlock }, (_, i) => first + i);
  test(`seeds ${first} to ${seeds.at(-1)}`, async () => {
    const failures: string[] = [];
    let ran = 0;
    await fanOut(seeds, ({ report }) => {
      ran++;
      if (report.problems.length === 0) return;
      failures.push(`npm run sim -- --seed ${report.seed}: ${report.problems[0]}`);
    });
    assert.deepEqual(failures, []);
    assert.equal(ran, seedsPerBlock);
  });
}

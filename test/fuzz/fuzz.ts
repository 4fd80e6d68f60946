import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Random, SeededRandom } from '#base/random.ts';

/** Seconds for each fuzzer: FUZZ_SECONDS, or a moment. */
const seconds = Number(process.env.FUZZ_SECONDS ?? 1);
/** The first seed: FUZZ_SEED, so that a failure can be had again. */
const firstSeed = Number(process.env.FUZZ_SEED ?? 1);
/** No input of these sizes may take so much of a processor: it is a hang. */
const hangMs = 10_000;

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** A test that feeds inputs, one for each seed, until the time is up. What it throws names the seed. */
export function fuzz(name: string, run: (random: Random) => void): void {
  test(name, { timeout: seconds * 1000 + 60_000 }, context => {
    const end = performance.now() + seconds * 1000;
    let seed = firstSeed;
    do {
      const startedMs = cpuMs();
      try {
        run(new SeededRandom(seed));
      } catch (error) {
        throw new Error(`FUZZ_SEED=${seed}: ${error instanceof Error ? error.message : String(error)}`, {
          cause: error,
        });
      }
      const tookMs = Math.round(cpuMs() - startedMs);
      assert.ok(tookMs < hangMs, `FUZZ_SEED=${seed} took ${tookMs} ms`);
      seed++;
    } while (performance.now() < end);
    context.diagnostic(`${seed - firstSeed} inputs`);
  });
}

/** Runs it; an error of one of the expected classes is an answer too, and undefined. */
export function expecting<T>(
  classes: readonly (abstract new (...a: never[]) => Error)[],
  run: () => T,
): T | undefined {
  try {
    return run();
  } catch (error) {
    if (classes.some(expected => error instanceof expected)) return undefined;
    throw error;
  }
}

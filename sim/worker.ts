import { parentPort } from 'node:worker_threads';
import { runSeed } from './run.ts';

/** Takes seeds and answers reports, one at a time. */
parentPort?.on('message', async (seed: number) => {
  const startMs = performance.now();
  const report = await runSeed(seed);
  parentPort?.postMessage({ report, realMs: performance.now() - startMs });
});

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { silentLog } from '#base/log.ts';
import { VirtualClock } from '#base/virtual-clock.ts';
import { MemoryStore } from '#store/memory/memory-store.ts';
import { SqliteStore } from '#store/sqlite/sqlite-store.ts';
import type { Store } from '#store/store.ts';
import { type Figure, percentile, round, stallFigure } from './figures.ts';
import { meterStalls } from './loop-stall.ts';

// The store asks its clock for leases alone, and there are none here.
const clock = new VirtualClock(async () => {});

async function openStore(kind: string, directory: string): Promise<Store> {
  if (kind === 'memory') return new MemoryStore(clock);
  return SqliteStore.open({ path: join(directory, 'state.db'), clock, log: silentLog });
}

/** The CPU is the whole process's, the store's thread included. */
async function* measure(
  kind: string,
  store: Store,
  writes: number,
  concurrency: number,
): AsyncGenerator<Figure> {
  const value = new Uint8Array(1024).fill(120);
  const latencies: number[] = [];
  let next = 0;
  const writer = async () => {
    for (let i = next++; i < writes; i = next++) {
      const key = `/registry/core/configmaps/default/cm-${(i * 7919) % writes}`;
      const started = performance.now();
      await store.transact({
        compare: [{ key, target: 'modRevision', operator: '=', value: 0 }],
        success: [{ type: 'put', key, value: value.slice() }],
        failure: [],
      });
      latencies.push(performance.now() - started);
    }
  };
  using stalls = meterStalls();
  const cpu = process.cpuUsage();
  const started = performance.now();
  await Promise.all(Array.from({ length: concurrency }, writer));
  const elapsedMs = performance.now() - started;
  const { user, system } = process.cpuUsage(cpu);
  latencies.sort((a, b) => a - b);
  const what = `${kind} store, put of 1 KiB, ${concurrency} at once`;
  const more = { p50Ms: percentile(latencies, 0.5), p99Ms: percentile(latencies, 0.99) };
  yield { what, unit: 'ops/s', value: round((writes / elapsedMs) * 1000), more };
  yield { what: `${what}, CPU`, unit: 'µs', value: round((user + system) / writes) };
  // The memory store waits on microtasks alone: with writers that do nothing else the loop does not turn at all.
  yield stallFigure(what, stalls.take());
}

/** Creates objects of 1 KiB in a store of each kind. */
async function* run(args: readonly string[]): AsyncGenerator<Figure> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      writes: { type: 'string', default: '20000' },
      concurrency: { type: 'string', default: '64' },
      store: { type: 'string', multiple: true, default: ['memory', 'sqlite'] },
    },
  });
  for (const kind of values.store) {
    const directory = await mkdtemp(join(tmpdir(), 'coxswain-bench-'));
    try {
      await using store = await openStore(kind, directory);
      yield* measure(kind, store, Number(values.writes), Number(values.concurrency));
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }
}

export const storeBench = {
  name: 'store',
  summary: 'Durable writes to each store. --writes N, --concurrency N, --store memory|sqlite',
  run,
};

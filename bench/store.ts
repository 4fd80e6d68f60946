import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { silentLog } from '#base/log.ts';
import { VirtualClock } from '#base/virtual-clock.ts';
import { MemoryStore } from '#store/memory/memory-store.ts';
import { SqliteStore } from '#store/sqlite/sqlite-store.ts';
import type { Store } from '#store/store.ts';

// The store asks its clock for leases alone, and there are none here.
const clock = new VirtualClock(async () => {});

interface Figures {
  readonly store: string;
  readonly writes: number;
  readonly concurrency: number;
  readonly valueBytes: number;
  readonly writesPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of the whole process, the store's thread included. */
  readonly cpuMicrosecondsPerWrite: number;
  readonly loopStallMsMax: number;
}

function percentile(sorted: readonly number[], share: number): number {
  return Number((sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(3));
}

async function openStore(kind: string, directory: string): Promise<Store> {
  if (kind === 'memory') return new MemoryStore(clock);
  return SqliteStore.open({ path: join(directory, 'state.db'), clock, log: silentLog });
}

/**
 * The longest time that the event loop was away, sampled by a timer of 1 ms. The memory store waits on microtasks
 * alone, so with writers that do nothing else it is away from the first write to the last.
 */
function watchLoop(): () => number {
  let last = performance.now();
  let longest = 0;
  const timer = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  }, 1);
  return () => {
    clearInterval(timer);
    return Math.max(longest, performance.now() - last);
  };
}

async function measure(kind: string, store: Store, writes: number, concurrency: number): Promise<Figures> {
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
  const stall = watchLoop();
  const cpu = process.cpuUsage();
  const started = performance.now();
  await Promise.all(Array.from({ length: concurrency }, writer));
  const elapsedMs = performance.now() - started;
  const { user, system } = process.cpuUsage(cpu);
  latencies.sort((a, b) => a - b);
  return {
    store: kind,
    writes,
    concurrency,
    valueBytes: value.length,
    writesPerSecond: Math.round((writes / elapsedMs) * 1000),
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    cpuMicrosecondsPerWrite: Number(((user + system) / writes).toFixed(1)),
    loopStallMsMax: Number(stall().toFixed(1)),
  };
}

/** Creates objects of 1 KiB in a store of each kind; prints one line of JSON for each. */
export async function run(args: readonly string[]): Promise<void> {
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
      const figures = await measure(kind, store, Number(values.writes), Number(values.concurrency));
      console.log(JSON.stringify(figures));
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }
}

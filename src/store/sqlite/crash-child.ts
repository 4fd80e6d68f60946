import { writeSync } from 'node:fs';
import { silentLog } from '#base/log.ts';
import { VirtualClock } from '#base/virtual-clock.ts';
import { type CrashWrite, crashWrite, writerCount } from './crash-rounds.ts';
import { SqliteStore } from './sqlite-store.ts';

// The process that crash-rounds.ts kills: every writer makes its writes one after another, as fast as it can, and
// tells each acknowledged one on standard output, `writer step revision`, before it makes the next.

const [path, round] = process.argv.slice(2) as [string, string];
const store = await SqliteStore.open({ path, clock: new VirtualClock(async () => {}), log: silentLog });

function operation({ key, value }: CrashWrite) {
  return value === undefined
    ? ({ type: 'delete', key } as const)
    : ({ type: 'put', key, value: new TextEncoder().encode(value) } as const);
}

/** Told when it returns, however slowly the other side reads. */
function tell(line: string): void {
  for (;;) {
    try {
      writeSync(1, line);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

async function write(writer: number): Promise<never> {
  for (let step = 0; ; step++) {
    const success = [operation(crashWrite(Number(round), writer, step))];
    const { revision } = await store.transact({ compare: [], success, failure: [] });
    tell(`${writer} ${step} ${revision}\n`);
    if (writer === 0 && step % 100 === 99) await store.compact(store.revision - 50);
  }
}

await Promise.all(Array.from({ length: writerCount }, (_, writer) => write(writer)));

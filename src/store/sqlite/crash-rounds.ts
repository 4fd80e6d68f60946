import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { silentLog } from '#base/log.ts';
import { type Random, randomInt } from '#base/random.ts';
import { VirtualClock } from '#base/virtual-clock.ts';
import { SqliteStore } from './sqlite-store.ts';

export const writerCount = 16;

export interface CrashWrite {
  readonly key: string;
  /** undefined deletes. */
  readonly value: string | undefined;
}

type State = ReadonlyMap<string, string>;

/** What each writer writes in each step, for the process that writes and the one that checks. */
export function crashWrite(round: number, writer: number, step: number): CrashWrite {
  const key = `writer/${writer}/${step % 20}`;
  return { key, value: step % 7 === 6 ? undefined : `${round}.${writer}.${step}`.padEnd(700, '.') };
}

function apply(state: State, write: CrashWrite): State {
  const next = new Map(state);
  if (write.value === undefined) next.delete(write.key);
  else next.set(write.key, write.value);
  return next;
}

const childPath = fileURLToPath(new URL('./crash-child.ts', import.meta.url));

/** Lets a process write until it is killed, some time after its first acknowledged write; answers its whole lines. */
function writeUntilKilled(path: string, round: number, lifeMs: number): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const writer = spawn(process.execPath, [childPath, path, String(round)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    writer.stdout.setEncoding('utf8').on('data', (data: string) => {
      if (output === '') setTimeout(() => writer.kill('SIGKILL'), lifeMs);
      output += data;
    });
    writer.on('error', reject);
    writer.on('close', (code, signal) => {
      if (signal === 'SIGKILL') resolve(output.split('\n').slice(0, -1));
      else reject(new Error(`the writer ended by itself with ${code}`));
    });
  });
}

async function stateOf(store: SqliteStore, prefix: string): Promise<State> {
  const { kvs } = await store.range({ key: prefix, rangeEnd: `${prefix}\uffff` });
  return new Map(kvs.map(kv => [kv.key, new TextDecoder().decode(kv.value)]));
}

/** The events that a watch from the oldest revision replays must lead to every revision up to the last. */
async function checkHistory(store: SqliteStore, clock: VirtualClock): Promise<void> {
  const first = Math.max(2, store.compactedRevision);
  let next = first;
  using _ = store.watch(
    { key: '', rangeEnd: '\uffff', startRevision: first },
    {
      events: revision => {
        assert.equal(revision, next);
        next++;
      },
      ended: error => assert.fail(error),
    },
  );
  await clock.advanceUntil(() => next > store.revision, 1000);
  assert.equal(next, store.revision + 1);
}

/**
 * Kills a writing process `rounds` times, each time at a random moment, and each time opens what it left: every
 * acknowledged write is there, of each writer at most the one write more that was on its way, and nothing else.
 * Answers how many writes were acknowledged.
 */
export async function crashRounds(path: string, rounds: number, random: Random): Promise<number> {
  const states: State[] = Array.from({ length: writerCount }, () => new Map());
  const clock = new VirtualClock(() => new Promise(resolve => setImmediate(resolve)));
  let acknowledged = 0;
  for (let round = 0; round < rounds; round++) {
    const lines = await writeUntilKilled(path, round, randomInt(random, 150));
    acknowledged += lines.length;
    let revision = 0;
    for (const line of lines) {
      const [writer, step, at] = line.split(' ').map(Number) as [number, number, number];
      states[writer] = apply(states[writer]!, crashWrite(round, writer, step));
      revision = Math.max(revision, at);
    }
    await using store = await SqliteStore.open({ path, clock, log: silentLog });
    assert.ok(store.revision >= revision, `acknowledged ${revision}, recovered ${store.revision}`);
    for (let writer = 0; writer < writerCount; writer++) {
      const steps = lines.filter(line => line.startsWith(`${writer} `)).length;
      const oneMore = apply(states[writer]!, crashWrite(round, writer, steps));
      const actual = await stateOf(store, `writer/${writer}/`);
      const expected =
        actual.get(crashWrite(round, writer, steps).key) === crashWrite(round, writer, steps).value
          ? oneMore
          : states[writer]!;
      assert.deepEqual(sorted(actual), sorted(expected), `round ${round}, writer ${writer}`);
      states[writer] = actual;
    }
    await checkHistory(store, clock);
  }
  return acknowledged;
}

function sorted(state: State): [string, string][] {
  return [...state].sort(([a], [b]) => (a < b ? -1 : 1));
}

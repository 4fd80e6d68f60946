import { sleep } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import type { VirtualClock } from '#base/virtual-clock.ts';
import { createClient } from '#client/client.ts';
import type { ApiServer } from '#apiserver/server.ts';
import { createVirtualClock } from '#main/virtual-time.ts';
import type { SchemaRegistry } from '#api/schemas.ts';
import { MemoryStore } from '#store/memory/memory-store.ts';
import { startCompany, startServer, transportTo } from './cluster.ts';
import { LateTransport, stagedOn } from './staging.ts';
import type { Explorable, Exploration, Invariant, Problem, Step } from './exploration.ts';
import { Lives } from './lives.ts';
import {
  differences,
  isPassing,
  Names,
  type NormalObject,
  normalObject,
  normalState,
  touchedAnnotation,
} from './normal-form.ts';
import { type Point, Points } from './points.ts';
import { targetOf } from './request-place.ts';
import type { Script } from './script.ts';
import { World, type WorldChange } from './world.ts';

/** What came of one script. */
export interface Outcome {
  readonly problem: Problem | undefined;
  readonly trace: readonly Point[];
  /** The states that objects went through, as far as `normalObject` tells them apart. */
  readonly states: ReadonlySet<string>;
  /** The state in the end. */
  readonly end: readonly NormalObject[];
  /** What happened, a line each. */
  readonly story: readonly string[];
}

const pauseMsDefault = 5_000;
const stepMsMax = 60_000;
/** A step that comes before a write of the controller's cannot wait for the controller for long. */
const earlyStepMsMax = 2_000;
const sliceMs = 5_000;
/** Above every wait of a correct controller: five minutes for an expectation, a thousand seconds of back-off. */
const endMsMax = 1_800_000;
/** How long nothing may happen before a run counts as over: the first one, and those that end as it did. */
const quietMsFirst = 150_000;
const quietMs = 20_000;
const writesMax = 1_000;

export interface Play {
  readonly explorable: Explorable;
  readonly script: Script;
  /** The end of the run without faults; absent: this is that run. */
  readonly reference?: readonly NormalObject[];
  /** Of all built-in kinds; runs share them. */
  readonly schemas: SchemaRegistry;
}

/** Plays a script from an empty store until all is at rest. */
export async function playScript(play: Play): Promise<Outcome> {
  const run = new Run(play);
  await run.play();
  return run.outcome();
}

interface Touched {
  readonly bucket: string;
  readonly key: string;
  readonly uid: string | undefined;
}

class Run {
  readonly #schemas: SchemaRegistry;
  readonly #exploration: Exploration;
  readonly #script: Script;
  readonly #reference: readonly NormalObject[] | undefined;
  readonly #clock: VirtualClock = createVirtualClock();
  readonly #store = new MemoryStore(this.#clock);
  readonly #world = new World(this.#store);
  readonly #points: Points;
  readonly #names: Names;
  readonly #late = new LateTransport();
  readonly #client = createClient(this.#late);
  readonly #states = new Set<string>();
  readonly #story: string[] = [];
  readonly #touched: Touched[] = [];
  readonly #steps: Step[];
  readonly #disposers: AsyncDisposable[] = [];
  #changedMs = 0;
  #writes = 0;
  #problem: Problem | undefined;
  #end: readonly NormalObject[] = [];

  constructor({ explorable, script, reference, schemas }: Play) {
    this.#schemas = schemas;
    this.#exploration = stagedOn(explorable, script.seed, this.#client, this.#clock);
    this.#script = script;
    this.#reference = reference;
    this.#names = new Names(this.#exploration.ignored);
    this.#points = new Points(script.faults);
    this.#steps = script.steps.flatMap(number => this.#exploration.steps[number - 1] ?? []);
  }

  async play(): Promise<void> {
    this.#world.onChange(change => this.#follow(change));
    try {
      const server = await this.#settled(
        startServer(this.#store, this.#schemas, this.#clock, this.#script.seed),
      );
      await this.#begin(server);
      while (this.#steps.length > 0 && !this.#problem) {
        const step = this.#steps.shift()!;
        await this.#settled(this.#take(step, stepMsMax));
        await this.#clock.advance(step.pauseMs ?? pauseMsDefault);
      }
      await this.#rest();
      if (!this.#problem) this.#judge();
    } finally {
      await this.#dispose();
    }
  }

  outcome(): Outcome {
    return {
      problem: this.#problem,
      trace: this.#points.trace,
      states: this.#states,
      end: this.#end,
      story: this.#story,
    };
  }

  async #begin(server: ApiServer): Promise<void> {
    const { setUp, company, controllers, without = [] } = this.#exploration;
    const { seed } = this.#script;
    this.#disposers.push({ [Symbol.asyncDispose]: async () => server[Symbol.dispose]() });
    this.#late.target = transportTo(server, 'user');
    if (setUp) await this.#settled(setUp(this.#client));
    if (company) this.#disposers.push(await this.#settled(startCompany(company, server, this.#clock, seed)));
    const lives = new Lives({
      clock: this.#clock,
      controllers,
      seed,
      log: this.#log(),
      surroundings: {
        server: transportTo(server, 'explored'),
        points: this.#points,
        allows: kind => !without.includes(kind),
        userFirst: () => this.#userFirst(),
        touch: path => this.#touch(path),
        note: text => this.#note(text),
      },
    });
    this.#disposers.push(lives);
    void lives.start();
    await this.#clock.advance(pauseMsDefault);
  }

  #note(text: string): void {
    this.#story.push(`${(this.#clock.monotonicMs() / 1000).toFixed(3).padStart(9)}  ${text}`);
  }

  #fail(kind: string, text: string): void {
    if (this.#problem) return;
    this.#problem = { kind, text };
    this.#note(`PROBLEM ${kind}`);
  }

  #log(): Log {
    const log: Log = {
      debug: () => {},
      info: () => {},
      warn: () => {},
      error: (message, fields) => {
        if (message !== 'event given up')
          this.#fail('error logged', `${message} ${JSON.stringify(fields ?? {})}`);
      },
      with: () => log,
    };
    return log;
  }

  #follow(change: WorldChange): void {
    const { bucket, type, object, key } = change;
    this.#names.see(object);
    if (!isPassing(bucket)) {
      const { title, value } = normalObject(bucket, object, this.#names);
      this.#states.add(`${type} ${title} ${JSON.stringify(value)}`);
    }
    // Nodes are written with every heartbeat.
    if (isPassing(bucket) || bucket === 'core/nodes') return;
    this.#note(`${bucket} ${key} ${type}`);
    this.#changedMs = this.#clock.monotonicMs();
    if (++this.#writes > writesMax)
      this.#fail('writes without end', `the world has changed ${writesMax} times`);
    for (const invariant of this.#invariants) {
      const text = invariant.always?.(this.#world, change);
      if (text) this.#fail(invariant.name, text);
    }
  }

  get #invariants(): readonly Invariant[] {
    return this.#exploration.invariants ?? [];
  }

  async #settled<T>(pending: Promise<T>): Promise<T> {
    let done = false;
    const over = () => {
      done = true;
    };
    pending.then(over, over);
    if (!(await this.#clock.advanceUntil(() => done, endMsMax))) throw new Error('not within half an hour');
    return pending;
  }

  async #take(step: Step, withinMs: number): Promise<boolean> {
    const untilMs = this.#clock.monotonicMs() + withinMs;
    this.#note(`user: ${step.name}`);
    for (;;) {
      try {
        await step.act(this.#client, this.#clock);
        return true;
      } catch (error) {
        if (this.#clock.monotonicMs() >= untilMs) {
          if (withinMs === stepMsMax) this.#fail('step failed', `${step.name}: ${String(error)}`);
          return false;
        }
        await sleep(this.#clock, 1_000);
      }
    }
  }

  async #userFirst(): Promise<void> {
    const step = this.#steps.shift();
    if (step && !(await this.#take(step, earlyStepMsMax))) this.#steps.unshift(step);
  }

  async #touch(path: string): Promise<void> {
    const target = targetOf(path)!;
    const bucket = `${target.group === '' ? 'core' : target.group}/${target.resource}`;
    const key = target.namespace ? `${target.namespace}/${target.name}` : target.name;
    const object = this.#find(bucket, key);
    if (!object) return;
    const own = target.subresource ? path.slice(0, path.lastIndexOf('/')) : path;
    const body = { metadata: { annotations: { [touchedAnnotation]: 'yes' } } };
    try {
      await this.#client.transport.request({
        method: 'PATCH',
        path: own,
        contentType: 'application/merge-patch+json',
        body,
      });
      this.#touched.push({ bucket, key, uid: object.metadata.uid });
    } catch (error) {
      this.#note(`cannot be annotated: ${String(error)}`);
    }
  }

  #find(bucket: string, key: string) {
    for (const entry of this.#world.all())
      if (entry.bucket === bucket && entry.key === key) return entry.object;
    return undefined;
  }

  /** Until the world is as in the end without faults, or just at rest where there is no such end yet. */
  async #rest(): Promise<void> {
    const untilMs = this.#clock.monotonicMs() + endMsMax;
    let lookedAtMs = -1;
    let same = false;
    while (!this.#problem && this.#clock.monotonicMs() < untilMs) {
      await this.#clock.advance(sliceMs);
      const restedMs = this.#clock.monotonicMs() - this.#changedMs;
      if (restedMs < sliceMs) continue;
      if (lookedAtMs !== this.#changedMs) {
        lookedAtMs = this.#changedMs;
        this.#end = this.#state();
        same =
          this.#reference !== undefined &&
          differences(this.#reference, this.#end).length === 0 &&
          this.#unmet().length === 0;
      }
      if (same ? restedMs >= quietMs : !this.#reference && restedMs >= quietMsFirst) return;
    }
    if (this.#clock.monotonicMs() - this.#changedMs < 2 * sliceMs)
      this.#fail('no rest', 'half an hour after the last step something still changes');
  }

  #state(): NormalObject[] {
    return normalState(this.#world, this.#names, this.#exploration.compared ?? (object => object));
  }

  /** What the end lacks of what it must be. */
  #unmet(): Problem[] {
    return this.#invariants.flatMap(({ name, finally: inTheEnd }) => {
      const said = inTheEnd?.(this.#world) ?? [];
      const text = typeof said === 'string' ? said : said.join('; ');
      return text === '' ? [] : [{ kind: name, text }];
    });
  }

  #judge(): void {
    for (const { kind, text } of this.#unmet()) this.#fail(kind, text);
    for (const { bucket, key, uid } of this.#touched) {
      const object = this.#find(bucket, key);
      if (
        object?.metadata.uid === uid &&
        object?.metadata.annotations?.[touchedAnnotation] === undefined &&
        object
      )
        this.#fail(
          'update lost',
          `${bucket} ${key} had an annotation of somebody else's, and has it no more`,
        );
    }
    if (!this.#reference) return;
    const texts = differences(this.#reference, this.#end);
    if (texts.length > 0) this.#fail('ends otherwise', texts.slice(0, 5).join('; '));
  }

  async #dispose(): Promise<void> {
    for (const disposer of this.#disposers.toReversed()) {
      await this.#settled(Promise.resolve(disposer[Symbol.asyncDispose]()));
    }
    this.#world[Symbol.dispose]();
    await this.#settled(this.#store[Symbol.asyncDispose]());
  }
}

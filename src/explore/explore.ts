import { loadSchemas } from '#api/schemas.ts';
import { type Random, randomInt, SeededRandom, shuffled } from '#base/random.ts';
import type { Explorable, Problem } from './exploration.ts';
import type { NormalObject } from './normal-form.ts';
import type { Point } from './points.ts';
import { type Outcome, playScript } from './run.ts';
import { type Fault, faultText, parseScript, type Script, scriptText } from './script.ts';
import { stepNames } from './staging.ts';
import { shrinkScript } from './shrink.ts';

export interface ExploreOptions {
  /** Runs, before shrinking. Default 300. */
  readonly budget?: number;
  /** Of what is tried in which order, and of names and uids. Default 1. */
  readonly seed?: number;
  /** Asked before each run; false ends the exploration early. */
  readonly goOn?: () => boolean;
  /** Told of the script that fails, and how, before it is shrunk, which takes longer than to find it. */
  readonly onFound?: (script: string, problem: Problem) => void;
}

export interface Failure {
  readonly problem: Problem;
  readonly script: Script;
  /** The script as `replay` reads it, with what went wrong and what happened as comments. */
  readonly text: string;
}

export interface Report {
  readonly runs: number;
  /** How many different states of objects were seen. */
  readonly states: number;
  readonly failure?: Failure;
}

/**
 * Runs a controller through its steps again and again, each time with other faults: first none, then one at a time, and
 * in between some more where earlier runs came upon something new. What fails is shrunk. The same arguments give the same
 * report, always. Throws where the run without faults does not end as its invariants want.
 */
export async function explore(explorable: Explorable, options: ExploreOptions = {}): Promise<Report> {
  const { budget = 300, seed = 1, goOn = () => true, onFound } = options;
  const search = new Search(explorable, seed);
  const first = await search.begin();
  if (first) return { runs: 1, states: search.states, failure: await search.describe(first) };
  let runs = 1;
  for (; runs < budget && goOn(); runs++) {
    const script = search.next();
    if (!script) break;
    const failing = await search.try(script);
    if (!failing) continue;
    onFound?.(search.textOf(failing.script), failing.problem);
    return { runs: runs + 1, states: search.states, failure: await search.shrink(failing) };
  }
  return { runs, states: search.states };
}

/** Plays a script (the text of a `Failure`) again; undefined where nothing goes wrong. */
export async function replay(explorable: Explorable, text: string): Promise<Failure | undefined> {
  const script = parseScript(text);
  const search = new Search(explorable, script.seed);
  const problem = await search.play(script);
  return problem && search.describe({ script, problem });
}

interface Failing {
  readonly script: Script;
  readonly problem: Problem;
}

interface Known {
  readonly script: Script;
  readonly trace: readonly Point[];
}

const faultsMax = 5;

class Search {
  readonly #explorable: Explorable;
  readonly #schemas = loadSchemas();
  readonly #seed: number;
  readonly #random: Random;
  readonly #references = new Map<string, readonly NormalObject[] | undefined>();
  readonly #states = new Set<string>();
  readonly #sequences = new Set<string>();
  readonly #tried = new Set<string>();
  /** Scripts that showed something new: a state, or one thing done after another. */
  readonly #corpus: Known[] = [];
  #singles: Fault[] = [];

  constructor(explorable: Explorable, seed: number) {
    this.#explorable = explorable;
    this.#seed = seed;
    this.#random = new SeededRandom(seed);
  }

  get states(): number {
    return this.#states.size;
  }

  /** The run without faults: gives its problem where even that fails. */
  async begin(): Promise<Failing | undefined> {
    const script: Script = { seed: this.#seed, steps: this.#names().map((_, i) => i + 1), faults: [] };
    const outcome = await this.#run(script);
    if (outcome.problem) return { script, problem: outcome.problem };
    this.#references.set(referenceKey(script), outcome.end);
    this.#learn(script, outcome);
    this.#singles = shuffled(this.#random, faultsAt(outcome.trace));
    return undefined;
  }

  /** What to try next; undefined when there is nothing left. */
  next(): Script | undefined {
    const [base] = this.#corpus;
    if (!base) return undefined;
    for (let attempts = 0; attempts < 100; attempts++) {
      const single = this.#random.next() < 0.6 ? this.#singles.pop() : undefined;
      const script = single ? { ...base.script, faults: [single] } : this.#mutant();
      const key = script.faults.map(faultText).sort().join();
      if (this.#tried.has(key)) continue;
      this.#tried.add(key);
      return script;
    }
    return undefined;
  }

  async try(script: Script): Promise<Failing | undefined> {
    const outcome = await this.#run(script, this.#references.get(referenceKey(script)));
    if (outcome.problem) return { script, problem: outcome.problem };
    this.#learn(script, outcome);
    return undefined;
  }

  async shrink({ script, problem }: Failing): Promise<Failure> {
    const fails = async (candidate: Script) => (await this.play(candidate))?.kind === problem.kind;
    const smallest = await shrinkScript(script, fails);
    return this.describe({ script: smallest, problem: (await this.play(smallest)) ?? problem });
  }

  async describe({ script, problem }: Failing): Promise<Failure> {
    const { story } = await this.#run(script, await this.#reference(script));
    const comments = [`${problem.kind}: ${problem.text}`, '', ...story].map(line => `# ${line}`.trimEnd());
    return { script, problem, text: `${this.textOf(script)}\n${comments.join('\n')}\n` };
  }

  textOf(script: Script): string {
    return scriptText(script, this.#names());
  }

  /** The problem of a script, if it has one; a script whose steps fail without faults too has none. */
  async play(script: Script): Promise<Problem | undefined> {
    const reference = await this.#reference(script);
    if (!reference) return script.faults.length > 0 ? undefined : this.#faultless(script);
    return (await this.#run(script, reference)).problem;
  }

  async #faultless(script: Script): Promise<Problem | undefined> {
    return (await this.#run(script)).problem;
  }

  async #reference(script: Script): Promise<readonly NormalObject[] | undefined> {
    const key = referenceKey(script);
    if (!this.#references.has(key)) {
      const { problem, end } = await this.#run({ ...script, faults: [] });
      this.#references.set(key, problem ? undefined : end);
    }
    return this.#references.get(key);
  }

  #names(): string[] {
    return stepNames(this.#explorable, this.#seed);
  }

  #run(script: Script, reference?: readonly NormalObject[]): Promise<Outcome> {
    return playScript({ explorable: this.#explorable, script, reference, schemas: this.#schemas });
  }

  #learn(script: Script, { trace, states }: Outcome): void {
    const before = this.#states.size + this.#sequences.size;
    for (const state of states) this.#states.add(state);
    let last = '';
    for (const { place } of trace) {
      this.#sequences.add(`${last}, ${place}`);
      last = place;
    }
    const isNew = this.#states.size + this.#sequences.size > before;
    // What showed nothing new by itself may yet do so with something else.
    if (isNew || this.#random.next() < 0.2) this.#corpus.push({ script, trace });
  }

  /** A known script with a fault more, at a place that its own run came by; now and then with one in the place of another. */
  #mutant(): Script {
    const random = this.#random;
    // Newer ones know more of what is hard to reach.
    const newest = Math.max(randomInt(random, this.#corpus.length), randomInt(random, this.#corpus.length));
    const { script, trace } = this.#corpus[newest]!;
    const isFull = script.faults.length >= faultsMax || random.next() < 0.2;
    const kept = isFull ? script.faults.slice(1) : script.faults;
    const candidates = trace.filter(({ kinds }) => kinds.length > 0);
    if (candidates.length === 0) return script;
    const { place, occurrence, kinds } = candidates[randomInt(random, candidates.length)]!;
    const kind = kinds[randomInt(random, kinds.length)]!;
    const others = kept.filter(fault => fault.place !== place || fault.occurrence !== occurrence);
    return { ...script, faults: [...others, { place, occurrence, kind }] };
  }
}

function referenceKey({ seed, steps }: Script): string {
  return `${seed}: ${steps.join()}`;
}

function faultsAt(trace: readonly Point[]): Fault[] {
  return trace.flatMap(({ place, occurrence, kinds }) => kinds.map(kind => ({ place, occurrence, kind })));
}

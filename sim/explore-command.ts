import { readFileSync } from 'node:fs';
import { type Explorable, explore, type Problem, replay } from '#explore/index.ts';
import { scenes } from './scenes.ts';
import { planted } from './planted/registry.ts';

export interface ExploreArguments {
  readonly name: string;
  readonly seed: number;
  readonly budget: number | undefined;
  readonly seconds: number | undefined;
}

const budgetDefault = 300;

/** What can be explored: our controllers, by name, and planted bugs, by 'planted/NAME'. */
export function targets(): ReadonlyMap<string, Explorable> {
  const bugs = planted.map(({ name, exploration }) => [`planted/${name}`, () => exploration(false)] as const);
  return new Map<string, Explorable>([...scenes(), ...bugs]);
}

function target(name: string): Explorable {
  const found = targets().get(name);
  if (!found) throw new Error(`nothing to explore is called ${name}: see npm run sim -- explore --list`);
  return found;
}

/** Prints the smallest script that fails, where there is one; whether all went well. */
export async function exploreOne({ name, seed, budget, seconds }: ExploreArguments): Promise<boolean> {
  const startMs = performance.now();
  const goOn = () => seconds === undefined || performance.now() - startMs < seconds * 1000;
  const runsMax = budget ?? (seconds === undefined ? budgetDefault : Number.POSITIVE_INFINITY);
  const onFound = (script: string, { kind, text }: Problem) =>
    console.log(`# found, and to be shrunk\n${script}# ${kind}: ${text}\n`.replace(/^(?=[^#\n])/gm, '# '));
  const { runs, states, failure } = await explore(target(name), { seed, budget: runsMax, goOn, onFound });
  if (failure) console.log(`explore ${name}\n${failure.text}`);
  const took = ((performance.now() - startMs) / 1000).toFixed(1);
  console.log(`# ${name}: ${failure ? 'FAILED' : 'held'} in ${runs} runs, ${states} states, ${took} s`);
  return failure === undefined;
}

/** Plays a script that `exploreOne` printed. */
export async function replayFile(file: string): Promise<boolean> {
  const text = readFileSync(file, 'utf8');
  const name = /^explore (\S+)$/m.exec(text)?.[1];
  if (!name) throw new Error(`${file} does not say what it explores: 'explore NAME'`);
  const failure = await replay(target(name), text);
  console.log(failure ? `explore ${name}\n${failure.text}` : `# ${name}: nothing goes wrong`);
  return failure === undefined;
}

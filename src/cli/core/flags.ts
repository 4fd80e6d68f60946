import { formatDuration } from '#machinery/go-values.ts';
import { CliError } from '../errors.ts';

/**
 * Flags by pflag's grammar, which is not commander's: a flag may stand anywhere, `-n=x`, `-nx` and `-n x` are one,
 * a boolean takes a value only after '=', and a flag with a `bare` value never eats the next word.
 */
export interface Flag {
  readonly name: string;
  readonly short?: string;
  /** `list` splits at commas (StringSlice), `array` does not; both may repeat. `duration` is Go's: 1h2m3s. */
  readonly type: 'bool' | 'string' | 'int' | 'duration' | 'list' | 'array';
  readonly default?: string | number | boolean;
  /** The value of the flag given without one (pflag's NoOptDefVal). */
  readonly bare?: string;
  readonly help: string;
  readonly hidden?: boolean;
  /** What to do instead of giving it: it is not shown, and whoever gives it is told. */
  readonly deprecated?: string;
}

/** What the words of a command line mean. */
export interface ParsedArguments {
  readonly flags: FlagValues;
  readonly args: string[];
  /** How many of `args` stood before '--'; -1 without one. */
  readonly dashAt: number;
}

type Value = string | number | boolean | string[];

/** The flags of one command, with their defaults. Asking for a flag that it does not have is a bug. */
export class FlagValues {
  readonly #flags: ReadonlyMap<string, Flag>;
  readonly #values = new Map<string, Value>();
  /** Name and text of every flag that the user gave, in that order. */
  readonly given: (readonly [name: string, text: string])[] = [];

  constructor(flags: readonly Flag[]) {
    this.#flags = new Map(flags.map(flag => [flag.name, flag]));
  }

  set(flag: Flag, value: Value) {
    const before = this.#values.get(flag.name);
    this.#values.set(
      flag.name,
      Array.isArray(before) && Array.isArray(value) ? [...before, ...value] : value,
    );
  }

  /** The same without what was given for some flags. */
  without(names: ReadonlySet<string>): FlagValues {
    const copy = new FlagValues([...this.#flags.values()]);
    for (const [name, value] of this.#values) if (!names.has(name)) copy.#values.set(name, value);
    return copy;
  }

  /** True for a flag that the user gave. */
  changed(name: string): boolean {
    return this.#values.has(name);
  }

  has(name: string): boolean {
    return this.#flags.has(name);
  }

  /** What is said of flags that the user gave and should not. */
  deprecations(): string[] {
    const names = new Set(this.given.map(([name]) => name));
    return [...names].flatMap(name => {
      const { deprecated } = this.#flags.get(name)!;
      return deprecated === undefined ? [] : [`Flag --${name} has been deprecated, ${deprecated}`];
    });
  }

  /** Every flag with its value, as pflag prints it. */
  texts(): Record<string, string> {
    return Object.fromEntries(Array.from(this.#flags.values(), flag => [flag.name, this.#text(flag)]));
  }

  #text({ name, type, default: usual = '' }: Flag): string {
    if (type === 'bool') return String(this.bool(name));
    if (type === 'int') return String(this.int(name));
    if (type === 'duration') return formatDuration(BigInt(Math.round(this.duration(name) * 1e6)));
    if (type === 'string') return this.string(name);
    return `[${this.changed(name) ? this.list(name).join(',') : usual}]`;
  }

  string(name: string): string {
    return String(this.#values.get(name) ?? this.#flags.get(name)?.default ?? '');
  }

  bool(name: string): boolean {
    return (this.#values.get(name) ?? this.#flags.get(name)?.default ?? false) === true;
  }

  int(name: string): number {
    return Number(this.#values.get(name) ?? this.#flags.get(name)?.default ?? 0);
  }

  /** Milliseconds. */
  duration(name: string): number {
    return this.int(name);
  }

  list(name: string): string[] {
    const value = this.#values.get(name);
    if (Array.isArray(value)) return value;
    const usual = this.#flags.get(name)?.default;
    return usual === undefined ? [] : [String(usual)];
  }
}

/** Reads `words` by `flags`. Throws what pflag would say. */
export function parseArguments(words: readonly string[], flags: readonly Flag[]): ParsedArguments {
  const values = new FlagValues(flags);
  const long = new Map(flags.map(flag => [flag.name, flag]));
  const short = new Map(flags.filter(flag => flag.short).map(flag => [flag.short!, flag]));
  const args: string[] = [];
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--') return { flags: values, args: [...args, ...rest], dashAt: args.length };
    if (word.startsWith('--')) takeLong(word, rest, long, values);
    else if (word.startsWith('-') && word !== '-') takeShort(word, rest, short, values);
    else args.push(word);
  }
  return { flags: values, args, dashAt: -1 };
}

function takeLong(word: string, rest: string[], flags: Map<string, Flag>, values: FlagValues) {
  const equals = word.indexOf('=');
  const name = word.slice(2, equals < 0 ? undefined : equals);
  const flag = flags.get(name);
  if (!flag) throw new CliError(`unknown flag: --${name}`);
  if (equals >= 0) return assign(flag, word.slice(equals + 1), values);
  const bare = bareValue(flag);
  if (bare !== undefined) return assign(flag, bare, values);
  const next = rest.shift();
  if (next === undefined) throw new CliError(`flag needs an argument: --${name}`);
  assign(flag, next, values);
}

function takeShort(word: string, rest: string[], flags: Map<string, Flag>, values: FlagValues) {
  for (let at = 1; at < word.length; at++) {
    const letter = word[at]!;
    const flag = flags.get(letter);
    if (!flag) throw new CliError(`unknown shorthand flag: '${letter}' in ${word}`);
    if (word[at + 1] === '=') return assign(flag, word.slice(at + 2), values);
    const bare = bareValue(flag);
    if (bare !== undefined) {
      assign(flag, bare, values);
      continue;
    }
    if (at + 1 < word.length) return assign(flag, word.slice(at + 1), values);
    const next = rest.shift();
    if (next === undefined) throw new CliError(`flag needs an argument: '${letter}' in ${word}`);
    return assign(flag, next, values);
  }
}

export function bareValue(flag: Flag): string | undefined {
  return flag.bare ?? (flag.type === 'bool' ? 'true' : undefined);
}

function assign(flag: Flag, text: string, values: FlagValues) {
  const shown = flag.short ? `-${flag.short}, --${flag.name}` : `--${flag.name}`;
  values.given.push([flag.name, text]);
  const invalid = (why: string) =>
    new CliError(`invalid argument ${JSON.stringify(text)} for "${shown}" flag: ${why}`);
  switch (flag.type) {
    case 'bool': {
      if (/^(1|t|T|TRUE|true|True)$/.test(text)) return values.set(flag, true);
      if (/^(0|f|F|FALSE|false|False)$/.test(text)) return values.set(flag, false);
      throw invalid(`strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`);
    }
    case 'int': {
      if (!/^[-+]?\d+$/.test(text))
        throw invalid(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
      return values.set(flag, Number(text));
    }
    case 'duration': {
      const milliseconds = parseDuration(text);
      if (milliseconds === undefined) throw invalid(`time: invalid duration ${JSON.stringify(text)}`);
      return values.set(flag, milliseconds);
    }
    case 'list':
      return values.set(flag, text === '' ? [] : splitCsv(text));
    case 'array':
      return values.set(flag, [text]);
    default:
      return values.set(flag, text);
  }
}

/** One line of CSV, as pflag's StringSlice reads it: double quotes keep commas together. */
function splitCsv(text: string): string[] {
  const parts: string[] = [];
  const pattern = /("(?:[^"]|"")*"|[^,]*)(,|$)/y;
  for (;;) {
    const match = pattern.exec(text);
    if (!match) return [...parts, text.slice(pattern.lastIndex)];
    const [, field, end] = match;
    parts.push(field!.startsWith('"') ? field!.slice(1, -1).replaceAll('""', '"') : field!);
    if (end === '') return parts;
  }
}

const unitMs: Record<string, number> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** Milliseconds of a Go duration ('1h30m', '500ms', '0'); undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  if (/^[-+]?0$/.test(text)) return 0;
  const match = /^([-+]?)((?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|ms|s|m|h))+)$/.exec(text);
  if (!match) return undefined;
  let total = 0;
  for (const [, amount, unit] of match[2]!.matchAll(/(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)/g))
    total += Number(amount) * unitMs[unit!]!;
  return match[1] === '-' ? -total : total;
}

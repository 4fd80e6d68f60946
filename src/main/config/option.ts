import { resolve } from 'node:path';
import type { Flag, FlagValues } from '#cli/core/flags.ts';
import type { FieldPath } from '#machinery/field.ts';
import { formatDuration, parseDuration } from '#machinery/go-values.ts';
import { type Shape, anyText, flag, listOf, mapOf, number, text, textThat } from './shape.ts';

/**
 * One setting: a field of the configuration file, and a flag that is called the same with dashes. All that is known of it is
 * said once; the file's shape, the flag, what /flagz tells and the page of the documentation follow.
 */
export interface Option<T> {
  /** A line of the documentation, and of --help. */
  readonly help: string;
  readonly shape: Shape;
  readonly flag: Flag['type'];
  /** As /flagz tells it where nobody says anything. */
  readonly usual: string;
  /** What the flag was given. */
  readonly given: (flags: FlagValues, name: string) => T;
  /** As pflag prints it. */
  print(value: T): string;
}

/** What is wrong with a value, in upstream's words less the flag's name. */
type Check<T> = (value: T) => readonly string[];

interface Said<T> {
  readonly usual?: string;
  readonly check?: Check<T>;
}

export function textOption(
  help: string,
  { usual = '', check = () => [] }: Said<string> = {},
): Option<string> {
  const given = (flags: FlagValues, name: string) => flags.string(name);
  return { help, usual, given, shape: textThat(check), flag: 'string', print: value => value };
}

/** A file's path: from the configuration file's folder, or where the command runs. */
export function fileOption(help: string): Option<string> {
  const given = (flags: FlagValues, name: string) => resolve(flags.string(name));
  return { help, given, shape: text, flag: 'string', usual: '', print: value => value };
}

export function switchOption(help: string, usual: boolean): Option<boolean> {
  const given = (flags: FlagValues, name: string) => flags.bool(name);
  return { help, given, shape: flag, flag: 'bool', usual: String(usual), print: String };
}

/** A list, with commas between (`list`) or by a flag for each (`array`). */
export function listOption(
  help: string,
  { check, flag = 'list', shape = listOf(check ? textThat(check) : anyText) }: ListOptions = {},
): Option<readonly string[]> {
  const given = (flags: FlagValues, name: string) => flags.list(name);
  return { help, flag, given, shape, usual: '[]', print: values => `[${values.join(',')}]` };
}

interface ListOptions {
  readonly check?: Check<string>;
  readonly flag?: 'list' | 'array';
  readonly shape?: Shape;
}

export function numberOption(help: string, usual: number, shape: Shape = number()): Option<number> {
  const given = (flags: FlagValues, name: string) => Number(flags.string(name));
  const type = Number.isInteger(usual) && usual !== 0 ? 'int' : 'string';
  return { help, given, shape, flag: type, usual: String(usual), print: String };
}

/** As Go writes one: 1h30m. */
export function durationOption(
  help: string,
  usual: string,
  check: Check<bigint> = notNegative,
): Option<string> {
  const given = (flags: FlagValues, name: string) => nanosecondsText(flags.duration(name));
  return {
    help,
    given,
    usual,
    shape: textThat(value => durationProblems(value, check)),
    flag: 'duration',
    print: value => formatDuration(parseDuration(value)),
  };
}

function nanosecondsText(ms: number): string {
  return formatDuration(BigInt(Math.round(ms * 1e6)));
}

function durationProblems(value: string, check: Check<bigint>): readonly string[] {
  try {
    return check(parseDuration(value));
  } catch (error) {
    return [(error as Error).message];
  }
}

export const notNegative: Check<bigint> = value => (value < 0n ? ['can not be negative value'] : []);

/** Names with a value each; by the flag: a=b,c=d. Values are texts, or true and false. */
export function pairsOption(help: string): Option<Readonly<Record<string, string | boolean>>> {
  return {
    help,
    shape: mapOf(textOrFlag),
    flag: 'list',
    usual: '',
    given: (flags, name) => Object.fromEntries(flags.list(name).map(pairOf)),
    print: pairs =>
      Object.entries(pairs)
        .map(([key, value]) => `${key}=${value}`)
        .sort()
        .join(),
  };
}

function pairOf(text: string): [string, string] {
  const [key = '', ...value] = text.split('=');
  return [key.trim(), value.join('=').trim()];
}

const textOrFlag: Shape = (value: unknown, path: FieldPath) =>
  typeof value === 'boolean' ? [] : anyText(value, path);

/** goawayChance is --goaway-chance. */
export function flagName(field: string): string {
  return field.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`);
}

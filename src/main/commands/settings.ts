import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import type { CliContext } from '#cli/core/context.ts';
import { CliError } from '#cli/errors.ts';
import { type LogLevel, logLevels } from '../text-log.ts';

/** What the user wants: flags, and where there is none the configuration file. */
export interface Settings {
  readonly name: string;
  readonly dataDir: string | undefined;
  readonly port: number | undefined;
  readonly hollowNodes: number | undefined;
  readonly logLevel: LogLevel;
}

const keys = ['name', 'dataDir', 'port', 'hollowNodes'] as const;
type Key = (typeof keys)[number];
type Config = Readonly<Partial<Record<Key, unknown>>>;

const portMax = 65_535;
const hollowNodesMax = 5_000;

export async function readSettings(context: CliContext): Promise<Settings> {
  const file = context.flags.string('config');
  const config = file ? await readConfig(file) : {};
  const wish = (flag: string, key: Key) => ({
    flag,
    value: context.flags.changed(flag)
      ? key === 'name' || key === 'dataDir'
        ? context.flags.string(flag)
        : context.flags.int(flag)
      : config[key],
  });
  return {
    name: text(wish('name', 'name')) ?? 'coxswain',
    dataDir: text(wish('data-dir', 'dataDir')),
    port: number(wish('port', 'port'), portMax),
    hollowNodes: number(wish('hollow-nodes', 'hollowNodes'), hollowNodesMax),
    logLevel: logLevel(context.flags.string('log-level')),
  };
}

function logLevel(value: string): LogLevel {
  const level = logLevels.find(one => one === value);
  if (level) return level;
  throw new CliError(`error: log-level must be one of ${logLevels.join(', ')}, not ${JSON.stringify(value)}`);
}

async function readConfig(file: string): Promise<Config> {
  let config: unknown;
  try {
    config = parse(await readFile(file, 'utf8')) ?? {};
  } catch (error) {
    throw new CliError(
      `error: cannot read the configuration ${file}: ${firstLine((error as Error).message)}`,
    );
  }
  if (typeof config !== 'object' || Array.isArray(config)) {
    throw new CliError(`error: ${file} must hold settings: ${keys.join(', ')}`);
  }
  const unknown = Object.keys(config as object).find(key => !keys.includes(key as Key));
  if (unknown !== undefined) {
    throw new CliError(
      `error: ${file}: unknown setting ${JSON.stringify(unknown)}; there are ${keys.join(', ')}`,
    );
  }
  return config as Config;
}

function firstLine(message: string): string {
  return message.split('\n')[0]!.replace(/:$/, '');
}

interface Wish {
  readonly flag: string;
  readonly value: unknown;
}

function text({ flag, value }: Wish): string | undefined {
  if (value === undefined || value === '') return undefined;
  if (typeof value === 'string') return value;
  throw new CliError(`error: ${flag} must be text, not ${JSON.stringify(value)}`);
}

function number({ flag, value }: Wish, max: number): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max) return value;
  throw new CliError(`error: ${flag} must be a number from 0 to ${max}, not ${JSON.stringify(value)}`);
}

import { toRfc3339 } from '#base/clock.ts';
import { versionInfo } from '../version.ts';
import type { Page } from './page.ts';

/** What /statusz tells of a component (KEP-4827). */
export interface StatuszFacts {
  readonly component: string;
  readonly startedAtMs: number;
  readonly nowMs: number;
  /** All that the component serves; whose first parts help to debug is told. */
  readonly paths: readonly string[];
}

const emulationVersion = `${versionInfo.emulationMajor}.${versionInfo.emulationMinor}`;
const undebugged = new Set(['.well-known', 'api', 'apis', 'openapi', 'openid']);

export function statuszPage(facts: StatuszFacts): Page {
  return {
    kind: 'Statusz',
    component: facts.component,
    text: () => textOf(facts),
    fields: () => ({
      startTime: toRfc3339(facts.startedAtMs),
      uptimeSeconds: uptimeSeconds(facts),
      goVersion: versionInfo.goVersion,
      binaryVersion: versionInfo.gitVersion,
      emulationVersion,
      paths: debugPaths(facts.paths),
    }),
  };
}

function debugPaths(paths: readonly string[]): string[] {
  const first = new Set(paths.map(path => path.split('/')[1]!).filter(part => part !== ''));
  return [...first]
    .filter(part => !undebugged.has(part))
    .map(part => `/${part}`)
    .sort();
}

function uptimeSeconds({ nowMs, startedAtMs }: StatuszFacts): number {
  return Math.max(0, Math.floor((nowMs - startedAtMs) / 1_000));
}

/** As the Unix date command has it. */
function unixDate(ms: number): string {
  const [, weekday, day, month, year, time] = /^(\w+), (\d+) (\w+) (\d+) (\S+)/.exec(
    new Date(ms).toUTCString(),
  )!;
  return `${weekday} ${month} ${String(Number(day)).padStart(2)} ${time} UTC ${year}`;
}

function textOf(facts: StatuszFacts): string {
  const seconds = uptimeSeconds(facts);
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  return [
    '',
    `Started: ${unixDate(facts.startedAtMs)}`,
    `Up: ${Math.floor(seconds / 3_600)} hr ${two((seconds / 60) % 60)} min ${two(seconds % 60)} sec`,
    `Go version: ${versionInfo.goVersion}`,
    `Binary version: ${versionInfo.gitVersion}`,
    `Emulation version: ${emulationVersion}`,
    `Paths: ${debugPaths(facts.paths).join(' ')}`,
    '',
  ].join('\n');
}

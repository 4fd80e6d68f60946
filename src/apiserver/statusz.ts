import { toRfc3339 } from '#base/clock.ts';
import { statusError } from '#machinery/status.ts';
import { toYaml } from '#machinery/yaml-write.ts';

/** What /statusz tells of a component (KEP-4827). */
export interface StatuszFacts {
  readonly component: string;
  readonly startedAtMs: number;
  readonly nowMs: number;
  readonly goVersion: string;
  readonly binaryVersion: string;
  /** Major and minor. */
  readonly emulationVersion: string;
  readonly minimumCompatibilityVersion: string;
  /** All that the component serves; whose first parts help to debug is told. */
  readonly paths: readonly string[];
}

const group = 'config.k8s.io';
const versions = ['v1beta1', 'v1alpha1'];
const undebugged = new Set(['.well-known', 'api', 'apis', 'openapi', 'openid']);

/**
 * The answer in the first form that the Accept header names and there is: text, or the Statusz object, for which kind,
 * group and version must be named. Throws NotAcceptable.
 */
export function answerStatusz(facts: StatuszFacts, accept = ''): { contentType: string; body: string } {
  const ranges = accept.trim() === '' ? ['text/plain'] : accept.split(',');
  for (const range of ranges) {
    const [type, ...parameters] = range.split(';').map(part => part.trim().toLowerCase());
    if (type === 'text/plain' || type === 'text/*' || type === '*/*')
      return { contentType: 'text/plain; charset=utf-8', body: statuszText(facts) };
    const given = Object.fromEntries(parameters.map(parameter => parameter.split('=')));
    if (given.as !== 'statusz' || given.g !== group || !versions.includes(given.v)) continue;
    const object = statuszObject(facts, given.v);
    if (type === 'application/json') return { contentType: type, body: `${JSON.stringify(object)}\n` };
    if (type === 'application/yaml') return { contentType: type, body: toYaml(object) };
  }
  throw statusError.notAcceptable(['application/json', 'application/yaml', 'text/plain']);
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

function statuszObject(facts: StatuszFacts, version: string): object {
  return {
    kind: 'Statusz',
    apiVersion: `${group}/${version}`,
    metadata: { name: facts.component },
    startTime: toRfc3339(facts.startedAtMs),
    uptimeSeconds: uptimeSeconds(facts),
    goVersion: facts.goVersion,
    binaryVersion: facts.binaryVersion,
    emulationVersion: facts.emulationVersion,
    minimumCompatibilityVersion: facts.minimumCompatibilityVersion,
    paths: debugPaths(facts.paths),
  };
}

/** As the Unix date command has it. */
function unixDate(ms: number): string {
  const [, weekday, day, month, year, time] = /^(\w+), (\d+) (\w+) (\d+) (\S+)/.exec(
    new Date(ms).toUTCString(),
  )!;
  return `${weekday} ${month} ${String(Number(day)).padStart(2)} ${time} UTC ${year}`;
}

function statuszText(facts: StatuszFacts): string {
  const seconds = uptimeSeconds(facts);
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  return [
    '',
    `${facts.component} statusz`,
    'Warning: This endpoint is not meant to be machine parseable, has no formatting compatibility guarantees and is for debugging purposes only.',
    '',
    `Started: ${unixDate(facts.startedAtMs)}`,
    `Up: ${Math.floor(seconds / 3_600)} hr ${two((seconds / 60) % 60)} min ${two(seconds % 60)} sec`,
    `Go version: ${facts.goVersion}`,
    `Binary version: ${facts.binaryVersion}`,
    `Emulation version: ${facts.emulationVersion}`,
    `Minimum Compatibility version: ${facts.minimumCompatibilityVersion}`,
    `Paths: ${debugPaths(facts.paths).join(' ')}`,
    '',
  ].join('\n');
}

import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { baselineChecks } from './baseline.ts';
import type { Check, Evaluate, Subject, Violation } from './check.ts';
import { restrictedChecks } from './restricted.ts';

const levels = ['privileged', 'baseline', 'restricted'] as const;
export type Level = (typeof levels)[number];

/** A level as it was at a minor version; Infinity is the latest. */
export interface LevelVersion {
  readonly level: Level;
  readonly minor: number;
}

export interface Policy {
  readonly enforce: LevelVersion;
  readonly audit: LevelVersion;
  readonly warn: LevelVersion;
}

const latest = Number.POSITIVE_INFINITY;
const privileged: LevelVersion = { level: 'privileged', minor: latest };

/** Of namespaces that say nothing, unless the cluster has it otherwise. */
export const privilegedPolicy: Policy = { enforce: privileged, audit: privileged, warn: privileged };

/** pod-security.admission.config.k8s.io PodSecurityConfiguration, its defaults read. */
export interface PodSecuritySettings {
  readonly defaults: Policy;
  readonly exemptions: {
    readonly usernames?: readonly string[];
    readonly namespaces?: readonly string[];
    readonly runtimeClasses?: readonly string[];
  };
}

export function levelText({ level, minor }: LevelVersion): string {
  return `${level}:${minor === latest ? 'latest' : `v1.${minor}`}`;
}

export function sameLevel(a: LevelVersion, b: LevelVersion): boolean {
  return a.level === b.level && a.minor === b.minor;
}

export function isStricter(a: Level, b: Level): boolean {
  return levels.indexOf(a) > levels.indexOf(b);
}

type Mode = keyof Policy;
const prefix = 'pod-security.kubernetes.io/';

/** What a namespace's labels ask for. What cannot be read counts as the strictest where it is enforced. */
export function policyOf(
  labels: Readonly<Record<string, string>> = {},
  defaults: Policy = privilegedPolicy,
): {
  policy: Policy;
  errors: FieldError[];
} {
  const errors: FieldError[] = [];
  const read = (mode: Mode, fallback: LevelVersion): LevelVersion => ({
    level: readLevel(labels, mode, fallback.level, errors),
    minor: readVersion(labels, `${prefix}${mode}-version`, fallback.minor, errors),
  });
  const enforce = read('enforce', defaults.enforce);
  const audit = read('audit', defaults.audit);
  // Who is refused is told so first by the controller that makes the pods (KEP-2579).
  const isAsked = labels[`${prefix}warn`] === undefined && parseLevel(labels[`${prefix}enforce`] ?? '');
  const follows = isAsked && isStricter(enforce.level, defaults.warn.level);
  const warn = read('warn', follows ? enforce : defaults.warn);
  return { policy: { enforce, audit, warn }, errors };
}

export const levelProblem = `must be one of ${levels.join(', ')}`;
export const versionProblem = 'must be "latest" or "v1.x"';

export function parseLevel(text: string): Level | undefined {
  return levels.find(level => level === text);
}

/** The minor version; undefined for what is none. */
export function parseVersion(text: string): number | undefined {
  const minor = /^v1\.(0|[1-9][0-9]*)$/.exec(text)?.[1];
  if (minor !== undefined) return Number(minor);
  return text === 'latest' ? latest : undefined;
}

function readLevel(
  labels: Readonly<Record<string, string>>,
  mode: Mode,
  fallback: Level,
  errors: FieldError[],
): Level {
  const label = prefix + mode;
  const text = labels[label];
  if (text === undefined) return fallback;
  const level = parseLevel(text);
  if (level) return level;
  errors.push(fieldError.invalid(pathOf(label), text, levelProblem));
  return mode === 'enforce' ? 'restricted' : 'privileged';
}

function readVersion(
  labels: Readonly<Record<string, string>>,
  label: string,
  fallback: number,
  errors: FieldError[],
): number {
  const text = labels[label];
  if (text === undefined) return fallback;
  const minor = parseVersion(text);
  if (minor === undefined) errors.push(fieldError.invalid(pathOf(label), text, versionProblem));
  return minor ?? latest;
}

function pathOf(label: string): FieldPath {
  return FieldPath.of('metadata', 'labels').key(label);
}

/** What a pod does that a level forbids. */
export function violations({ level, minor }: LevelVersion, pod: Subject): Violation[] {
  if (level === 'privileged') return [];
  const restricted = level === 'restricted';
  const own = baselineChecks.filter(check => !check.overlapped);
  const overlapped = baselineChecks.filter(
    check => check.overlapped && !(restricted && isReplaced(check, minor)),
  );
  const checks = [...own, ...overlapped].sort((a, b) => (a.id < b.id ? -1 : 1));
  return [...checks, ...(restricted ? restrictedChecks : [])]
    .map(check => evaluateOf(check, minor)?.(pod))
    .filter(violation => violation !== undefined);
}

/** The rule of the restricted level that says more than one of the baseline. */
const replacements: Readonly<Record<string, string>> = {
  capabilities_baseline: 'capabilities_restricted',
  hostPathVolumes: 'restrictedVolumes',
  seccompProfile_baseline: 'seccompProfile_restricted',
};

function isReplaced({ id }: Check, minor: number): boolean {
  const other = restrictedChecks.find(check => check.id === replacements[id]);
  return other !== undefined && evaluateOf(other, minor) !== undefined;
}

function evaluateOf({ versions }: Check, minor: number): Evaluate | undefined {
  return versions.findLast(([from]) => from <= minor)?.[1];
}

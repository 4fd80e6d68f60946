import type { Container, PodSpec } from '#api/generated/types/core.v1.ts';
import type { ObjectMeta } from '#machinery/object.ts';

export interface Violation {
  /** In a few words, the same for many pods. */
  readonly reason: string;
  readonly detail: string;
}

export interface Subject {
  readonly metadata: ObjectMeta;
  readonly spec: PodSpec;
  /** All kinds of containers, in the order in which violations name them. */
  readonly containers: readonly Container[];
}

/** Undefined where the pod keeps the rule. */
export type Evaluate = (pod: Subject) => Violation | undefined;

/** One rule of the Pod Security Standards: what it demands from which minor version (of 1) on. */
export interface Check {
  readonly id: string;
  readonly versions: readonly (readonly [minor: number, evaluate: Evaluate])[];
  /** Of the baseline, whose place a rule of the restricted level takes. */
  readonly overlapped?: true;
}

export function subjectOf(metadata: ObjectMeta | undefined, spec: PodSpec): Subject {
  const ephemeral = (spec.ephemeralContainers ?? []) as readonly Container[];
  const containers = [...(spec.initContainers ?? []), ...(spec.containers ?? []), ...ephemeral];
  return { metadata: metadata ?? {}, spec, containers };
}

/** In quotes, with nothing escaped. */
export function quoteAll(values: Iterable<string>): string {
  return [...values].map(value => `"${value}"`).join(', ');
}

export function sortedSet(values: Iterable<string>): string[] {
  return [...new Set(values)].sort();
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return count === 1 ? one : many;
}

/** `container "a"`, `containers "a", "b"`. */
export function containerNames(containers: readonly Container[]): string {
  return `${plural(containers.length, 'container')} ${quoteAll(containers.map(({ name }) => name))}`;
}

/** Who set something: `pod`, `container "a"`, `pod and containers "a", "b"`. */
export function setters(pod: boolean, containers: readonly Container[]): string {
  return [...(pod ? ['pod'] : []), ...(containers.length > 0 ? [containerNames(containers)] : [])].join(
    ' and ',
  );
}

/** A rule about containers alone. */
export function containerCheck(
  isBad: (container: Container) => boolean,
  reason: string,
  demand: string,
): Evaluate {
  return ({ containers }) => {
    const bad = containers.filter(isBad);
    return bad.length > 0 ? { reason, detail: `${containerNames(bad)} ${demand}` } : undefined;
  };
}

/** Rules that only Linux has are none for Windows' pods. */
export function exceptWindows(evaluate: Evaluate): Evaluate {
  return pod => (pod.spec.os?.name === 'windows' ? undefined : evaluate(pod));
}

/** Root of a user namespace of its own is nobody on the node (KEP-127). */
export function exceptUserNamespace(evaluate: Evaluate): Evaluate {
  return pod => (pod.spec.hostUsers === false ? undefined : evaluate(pod));
}

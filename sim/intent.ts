import type { World } from '#explore/world.ts';

/** What the world lacks yet of what somebody wants. */
export type Expectation = (world: World) => readonly string[];

/** What users have asked for, as their stories go along; the checkers hold the cluster to it. */
export class Intent {
  /** By 'namespace/name'. */
  readonly deployments = new Map<string, { replicas: number; image: string }>();
  readonly jobs = new Map<string, { readonly completions: number; readonly indexed: boolean }>();
  /** Services, and the label `app` that each selects. */
  readonly services = new Map<string, { readonly app: string }>();
  readonly deletedNamespaces = new Set<string>();
  /** By what they are about: a later one takes an earlier one's place. */
  readonly expectations = new Map<string, Expectation>();

  deleteNamespace(namespace: string): void {
    this.deletedNamespaces.add(namespace);
    for (const map of [this.deployments, this.jobs, this.services])
      for (const key of map.keys()) if (key.startsWith(`${namespace}/`)) map.delete(key);
  }
}

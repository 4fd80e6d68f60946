import type { Pod } from '../types.ts';
import { podRequest } from '../workers/admission.ts';
import { type Signal, type StarvedResource, signals } from './signals.ts';

/** What a container uses; of the disk bytes or inodes, whichever is asked for. */
export interface ContainerUse {
  readonly name: string;
  readonly memoryBytes: number;
  /** Of its writable layer. */
  readonly layer: number;
  readonly logs: number;
}

/** What a pod uses. */
export interface PodUse {
  readonly containers: readonly ContainerUse[];
  /** Of volumes on the node's disk: bytes or inodes. */
  readonly volumes: number;
  readonly processes: number;
}

/** A pod that may be evicted; without `use`: nobody knows what it uses. */
export interface Candidate {
  readonly pod: Pod;
  readonly use?: PodUse | undefined;
}

type Part = 'layer' | 'logs' | 'volumes';

/** Of what is on the disk that the signal is about: with a disk of their own, images and layers are on that one. */
function partsOn(signal: Signal, ownImageDisk: boolean): readonly Part[] {
  if (!ownImageDisk) return ['layer', 'logs', 'volumes'];
  return signal.startsWith('imagefs') ? ['layer'] : ['logs', 'volumes'];
}

export function memoryUse({ containers }: PodUse): number {
  return containers.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0);
}

function diskUse({ containers, volumes }: PodUse, parts: readonly Part[]): number {
  const has = (part: Part, amount: number) => (parts.includes(part) ? amount : 0);
  return containers.reduce(
    (sum, { layer, logs }) => sum + has('layer', layer) + has('logs', logs),
    has('volumes', volumes),
  );
}

interface Weighed {
  readonly candidate: Candidate;
  readonly exceeds: boolean;
  readonly priority: number;
  readonly excess: number;
}

function weigh(candidate: Candidate, resource: StarvedResource, parts: readonly Part[]): Weighed {
  const { pod, use } = candidate;
  const priority = pod.spec?.priority ?? 0;
  if (!use) return { candidate, exceeds: true, priority, excess: Number.POSITIVE_INFINITY };
  // Upstream ranks by processes without regard to who has more than anybody asked for.
  if (resource === 'pids') return { candidate, exceeds: true, priority, excess: use.processes };
  const used = resource === 'memory' ? memoryUse(use) : diskUse(use, parts);
  const exceeds = used > podRequest(pod, resource);
  // Inodes cannot be asked for; upstream takes the request for disk from them.
  const asked = podRequest(pod, resource === 'inodes' ? 'ephemeral-storage' : resource);
  return { candidate, exceeds, priority, excess: used - asked };
}

/**
 * Whom to evict first: who uses more than it asked for, then the lesser priority, then who uses most above what it
 * asked for; of processes priority and number alone.
 */
export function rankForEviction(
  signal: Signal,
  candidates: readonly Candidate[],
  ownImageDisk: boolean,
): readonly Candidate[] {
  const { resource } = signals[signal];
  const parts = partsOn(signal, ownImageDisk);
  return candidates
    .map(candidate => weigh(candidate, resource, parts))
    .sort((a, b) => byFate(a, b))
    .map(({ candidate }) => candidate);
}

function byFate(a: Weighed, b: Weighed): number {
  const unknown = Number(b.candidate.use === undefined) - Number(a.candidate.use === undefined);
  if (unknown !== 0) return unknown;
  if (a.exceeds !== b.exceeds) return a.exceeds ? -1 : 1;
  if (a.priority !== b.priority) return a.priority - b.priority;
  return a.excess === b.excess ? 0 : b.excess - a.excess;
}

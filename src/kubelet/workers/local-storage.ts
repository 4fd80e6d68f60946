import { canonicalQuantity, quantityValue } from '#machinery/quantity.ts';
import type { ContainerSpec, Pod } from '../types.ts';

const resource = 'ephemeral-storage';

/** Bytes of local disk that a pod takes. */
export interface StorageUsage {
  /** Of emptyDir volumes, by volume. */
  readonly volumes: ReadonlyMap<string, number>;
  /** Writable layer and logs, by container. */
  readonly containers: ReadonlyMap<string, number>;
}

function limitOf(container: ContainerSpec): number | undefined {
  const limit = container.resources?.limits?.[resource];
  return limit === undefined ? undefined : quantityValue(limit);
}

/** The pod has limits of local storage, which have to be watched. */
export function limitsStorage(pod: Pod): boolean {
  const { containers = [], volumes = [] } = pod.spec ?? {};
  return (
    containers.some(c => limitOf(c) !== undefined) || volumes.some(v => v.emptyDir?.sizeLimit !== undefined)
  );
}

/** What the pod has too much of, as its eviction says it; undefined: it keeps to its limits. */
export function storageExcess(pod: Pod, { volumes, containers }: StorageUsage): string | undefined {
  for (const { name, emptyDir } of pod.spec?.volumes ?? []) {
    const limit = emptyDir?.sizeLimit;
    if (limit === undefined || quantityValue(limit) <= 0) continue;
    if ((volumes.get(name) ?? 0) > quantityValue(limit)) {
      return `Usage of EmptyDir volume "${name}" exceeds the limit "${limit}". `;
    }
  }
  return podExcess(pod, { volumes, containers }) ?? containerExcess(pod, containers);
}

function podExcess(pod: Pod, { volumes, containers }: StorageUsage): string | undefined {
  const limited = pod.spec!.containers.filter(container => limitOf(container) !== undefined);
  if (limited.length === 0) return undefined;
  const onDisk = pod.spec!.volumes?.filter(v => v.emptyDir && v.emptyDir.medium !== 'Memory') ?? [];
  const used =
    sum(onDisk.map(({ name }) => volumes.get(name) ?? 0)) +
    sum(pod.spec!.containers.map(({ name }) => containers.get(name) ?? 0));
  const total = sum(limited.map(container => limitOf(container)!));
  if (used <= total) return undefined;
  const text = limited.length === 1 ? limited[0]!.resources!.limits![resource] : canonicalQuantity(total);
  return `Pod ephemeral local storage usage exceeds the total limit of containers ${text}. `;
}

function containerExcess(pod: Pod, used: StorageUsage['containers']): string | undefined {
  for (const container of pod.spec!.containers) {
    const limit = limitOf(container);
    if (limit === undefined || (used.get(container.name) ?? 0) <= limit) continue;
    const text = container.resources!.limits![resource];
    return `Container ${container.name} exceeded its local ephemeral storage limit "${text}". `;
  }
  return undefined;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

import type { KubeObject } from '#machinery/object.ts';
import { CliError } from '../errors.ts';
import type { CliContext } from './context.ts';
import type { Mapping } from './discovery.ts';
import type { Flag } from './flags.ts';
import { lastAppliedKey } from './last-applied.ts';
import type { ResourceInfo } from './resources.ts';
import type { WriteReporter } from './write.ts';

/** The types that --prune looks through unless --prune-allowlist names others (kubectl's list). */
const defaultTypes = [
  '/v1/ConfigMap',
  '/v1/Endpoints',
  '/v1/PersistentVolumeClaim',
  '/v1/Pod',
  '/v1/ReplicationController',
  '/v1/Secret',
  '/v1/Service',
  'batch/v1/Job',
  'batch/v1/CronJob',
  'networking.k8s.io/v1/Ingress',
  'apps/v1/DaemonSet',
  'apps/v1/Deployment',
  'apps/v1/ReplicaSet',
  'apps/v1/StatefulSet',
  '/v1/Namespace',
  '/v1/PersistentVolume',
];

export const pruneAllowlistFlag: Flag = {
  name: 'prune-allowlist',
  type: 'array',
  help: 'Overwrite the default allowlist with <group/version/kind> for --prune',
};

/** An object that pruning takes. */
export interface Pruned {
  readonly mapping: Mapping;
  readonly object: KubeObject;
}

/**
 * What an earlier apply made in the namespaces of `wanted` or in none, what matches the selector, and whose uid is not
 * among `kept`.
 */
export async function* prunedObjects(
  context: CliContext,
  types: readonly Mapping[],
  wanted: readonly ResourceInfo[],
  kept: ReadonlySet<string | undefined>,
): AsyncIterable<Pruned> {
  const namespaces = new Set(wanted.map(info => info.namespace).filter(name => name !== ''));
  const api = await context.api();
  const labelSelector = context.flags.string('selector') || undefined;
  for (const mapping of types) {
    for (const namespace of mapping.namespaced ? namespaces : ['']) {
      const list = await api.listAll(mapping, namespace, { labelSelector });
      for (const object of list.items) {
        const wasApplied = object.metadata.annotations?.[lastAppliedKey] !== undefined;
        if (wasApplied && !kept.has(object.metadata.uid)) yield { mapping, object };
      }
    }
  }
}

/** Deletes what this apply did not name. */
export async function prune(
  context: CliContext,
  types: readonly Mapping[],
  wanted: readonly ResourceInfo[],
  applied: readonly KubeObject[],
  reporter: WriteReporter,
): Promise<void> {
  const kept = new Set(applied.map(object => object.metadata.uid));
  const api = await context.api();
  for await (const { mapping, object } of prunedObjects(context, types, wanted, kept)) {
    if (reporter.dryRun === 'none')
      await api.delete(mapping, object.metadata.namespace ?? '', object.metadata.name!, {
        apiVersion: 'v1',
        kind: 'DeleteOptions',
        propagationPolicy: 'Background',
      });
    reporter.done(object, 'pruned');
  }
}

/** The types that --prune looks through; none without it. */
export async function prunedTypes(context: CliContext): Promise<Mapping[]> {
  if (!context.flags.bool('prune')) return [];
  const mapper = await context.mapper();
  const listed = context.flags.list('prune-allowlist');
  return (listed.length > 0 ? listed : defaultTypes).map(type => {
    const [group = '', version = '', kind = '', ...rest] = type.split('/');
    if (!kind || rest.length > 0)
      throw new CliError(`invalid GroupVersionKind format: ${type}, please follow <group/version/kind>`);
    const named = group === 'core' ? '' : group;
    const mapping = mapper.kind(named, version, kind);
    if (!mapping)
      throw new CliError(
        `no matches for kind ${JSON.stringify(kind)} in version "${named ? `${named}/` : ''}${version}"`,
      );
    return mapping;
  });
}

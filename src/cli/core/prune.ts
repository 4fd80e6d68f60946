import type { KubeObject } from '#machinery/object.ts';
import type { CliContext } from './context.ts';
import type { Mapping } from './discovery.ts';
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

/** Deletes what an earlier apply made, what matches the selector and what this apply did not name. */
export async function prune(
  context: CliContext,
  wanted: readonly ResourceInfo[],
  applied: readonly KubeObject[],
  reporter: WriteReporter,
): Promise<void> {
  const kept = new Set(applied.map(object => object.metadata.uid));
  const namespaces = new Set(wanted.map(info => info.namespace).filter(name => name !== ''));
  const api = await context.api();
  const labelSelector = context.flags.string('selector') || undefined;
  for (const mapping of await prunable(context)) {
    for (const namespace of mapping.namespaced ? namespaces : ['']) {
      const list = await api.listAll(mapping, namespace, { labelSelector });
      for (const object of list.items) {
        const ours = object.metadata.annotations?.[lastAppliedKey] !== undefined;
        if (!ours || kept.has(object.metadata.uid)) continue;
        if (reporter.dryRun === 'none')
          await api.delete(mapping, namespace, object.metadata.name!, {
            apiVersion: 'v1',
            kind: 'DeleteOptions',
            propagationPolicy: 'Background',
          });
        reporter.done(object, 'pruned');
      }
    }
  }
}

async function prunable(context: CliContext): Promise<Mapping[]> {
  const mapper = await context.mapper();
  const listed = context.flags.list('prune-allowlist');
  const types = listed.length > 0 ? listed : defaultTypes;
  return types.flatMap(type => {
    const [group = '', version = '', kind = ''] = type.split('/');
    const mapping = mapper.kind(group === 'core' ? '' : group, version, kind);
    return mapping ? [mapping] : [];
  });
}

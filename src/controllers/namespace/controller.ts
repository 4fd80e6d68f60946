import { namespaces, pods } from '#api/generated/refs.ts';
import type { Namespace, Pod } from '#api/generated/types/core.v1.ts';
import { orNotFound, retryOnConflict } from '#client/retry.ts';
import { hasReason, qualified } from '#machinery/status.ts';
import {
  type ControllerEnvironment,
  defineController,
  observing,
  type ReconcileResult,
} from '#runtime/controller.ts';
import { discoverResources, type ServedResource } from '../shared/discovery.ts';
import { messageOf } from '../shared/pod-control.ts';
import { type ContentReport, conditionsAfter, emptyReport } from './conditions.ts';

const kubernetesFinalizer = 'kubernetes';
// Content that a finalizer holds is looked at again after this long.
const finalizerEstimateMs = 15_000;

/** Empties a namespace that is being deleted, then lets it go. Pods go first (KEP-5080). */
export const namespaceController = defineController({
  name: 'namespace',
  setup: environment => {
    const { informer } = environment;
    const namespaceInformer = informer(namespaces);
    const controller = new NamespaceController(environment);
    const ends = (name: string | undefined) =>
      name && namespaceInformer.get(name)?.metadata.deletionTimestamp ? [name] : [];
    return {
      for: namespaces,
      watches: [
        observing(pods, ({ type, object }) => (type === 'deleted' ? ends(object.metadata.namespace) : [])),
      ],
      concurrency: 10,
      reconcile: async name => {
        const namespace = namespaceInformer.get(name);
        return namespace?.metadata.deletionTimestamp ? controller.finish(namespace) : undefined;
      },
    };
  },
});

class NamespaceController {
  readonly #environment: ControllerEnvironment;

  constructor(environment: ControllerEnvironment) {
    this.#environment = environment;
  }

  async finish(cached: Namespace): Promise<ReconcileResult | undefined> {
    const { client } = this.#environment;
    const name = cached.metadata.name!;
    const namespace = await orNotFound(client.get(namespaces, '', name));
    if (!namespace || namespace.metadata.uid !== cached.metadata.uid) return undefined;
    if (!namespace.spec?.finalizers?.includes(kubernetesFinalizer)) return undefined;
    const report = emptyReport();
    const waitMs = await this.#emptyOut(name, report);
    await this.#showConditions(namespace, report);
    if (report.discoveryError !== undefined) throw new Error(report.discoveryError);
    if (report.deletionErrors.length > 0) throw new Error(report.deletionErrors.join(', '));
    if (report.remaining.size > 0) return { requeueAfterMs: waitMs / 2 + 1000 };
    await this.#finalize(name);
    return undefined;
  }

  /** Deletes what there is and counts what stays; returns how long that may take to go. */
  async #emptyOut(namespace: string, report: ContentReport): Promise<number> {
    const resources = await this.#resources(report);
    const podResource = resources.find(({ group, resource }) => group === '' && resource === 'pods');
    if (podResource) {
      const waitMs = await this.#deleteAll(podResource, namespace, report);
      if (report.remaining.size > 0 || report.deletionErrors.length > 0) return waitMs;
    }
    const rest = resources.filter(resource => resource !== podResource);
    const waits = await Promise.all(rest.map(resource => this.#deleteAll(resource, namespace, report)));
    return Math.max(0, ...waits);
  }

  async #resources(report: ContentReport): Promise<ServedResource[]> {
    try {
      const stale: string[] = [];
      const onStale = (groupVersion: string) => void stale.push(groupVersion);
      const all = await discoverResources(this.#environment.client, { ...this.#environment, onStale });
      if (stale.length > 0) report.discoveryError = staleMessage(stale);
      return all.filter(({ namespaced, verbs }) => namespaced && verbs.includes('delete'));
    } catch (error) {
      report.discoveryError = messageOf(error);
      return [];
    }
  }

  async #deleteAll(resource: ServedResource, namespace: string, report: ContentReport): Promise<number> {
    const { client } = this.#environment;
    try {
      if (resource.verbs.includes('deletecollection')) {
        await client.deleteCollection(resource, namespace, { propagationPolicy: 'Background' });
      }
      if (!resource.verbs.includes('list')) return 0;
      const { items } = await client.list(resource, namespace);
      if (!resource.verbs.includes('deletecollection')) {
        for (const { metadata } of items) {
          await orNotFound(
            client.delete(resource, namespace, metadata.name!, { propagationPolicy: 'Background' }),
          );
        }
      }
      return this.#count(resource, items as Pod[], report);
    } catch (error) {
      // Served no more, or a resource that takes no such request: there is nothing of it to delete.
      if (hasReason(error, 'NotFound') || hasReason(error, 'MethodNotAllowed')) return 0;
      report.deletionErrors.push(messageOf(error));
      return 0;
    }
  }

  #count(resource: ServedResource, items: readonly Pod[], report: ContentReport): number {
    if (items.length === 0) return 0;
    report.remaining.set(`${resource.resource}.${resource.group}`, items.length);
    let waitMs = 0;
    for (const { metadata } of items) {
      for (const finalizer of metadata.finalizers ?? []) {
        report.finalizers.set(finalizer, (report.finalizers.get(finalizer) ?? 0) + 1);
        waitMs = Math.max(waitMs, finalizerEstimateMs);
      }
      waitMs = Math.max(waitMs, (metadata.deletionGracePeriodSeconds ?? 0) * 1000);
    }
    this.#environment.log.debug('namespace content remains', {
      resource: qualified(resource),
      count: items.length,
    });
    return waitMs;
  }

  async #showConditions(namespace: Namespace, report: ContentReport): Promise<void> {
    const { client, clock } = this.#environment;
    const conditions = conditionsAfter(namespace, report, clock.now());
    if (conditions === namespace.status?.conditions) return;
    const status = { ...namespace.status, phase: 'Terminating', conditions: [...conditions] };
    try {
      await client.updateStatus(namespaces, { ...namespace, status });
    } catch (error) {
      // The conditions are for the reader: the next pass writes them again.
      if (!hasReason(error, 'Conflict') && !hasReason(error, 'NotFound')) throw error;
    }
  }

  async #finalize(name: string): Promise<void> {
    const { client } = this.#environment;
    await retryOnConflict(this.#environment, async () => {
      const fresh = await orNotFound(client.get(namespaces, '', name));
      if (!fresh) return;
      const finalizers = (fresh.spec?.finalizers ?? []).filter(
        finalizer => finalizer !== kubernetesFinalizer,
      );
      const wanted = { ...fresh, spec: { ...fresh.spec, finalizers } };
      await orNotFound(client.update(namespaces, wanted, { subresource: 'finalize' }));
    });
  }
}

/** What an extension API server may still hold is not known while it does not answer. */
function staleMessage(groupVersions: readonly string[]): string {
  const each = groupVersions.map(one => `${one}: stale GroupVersion discovery: ${one}`);
  const failed = `unable to retrieve the complete list of server APIs: ${each.join(', ')}`;
  return `Discovery failed for some groups, ${groupVersions.length} failing: ${failed}`;
}

import type { Ground } from './companions.ts';
import type { ServedResource } from './served.ts';
import type { WriteContext, WriteServices } from './write-context.ts';

/**
 * What a new object stands on: its namespace, and a custom one's definition. Whoever ends these takes down what is there, so
 * that nothing may come later by a request that found them alive and has waited since, as for a webhook.
 */
export function groundsOf(services: WriteServices, context: WriteContext): Ground[] {
  const { namespace, served } = context;
  const { group, resource, conversion } = served.definition;
  const grounds: Ground[] = [];
  if (namespace) grounds.push(groundAt(services.catalog.find('', 'v1', 'namespaces')!, namespace));
  if (conversion) {
    const definitions = services.catalog.find('apiextensions.k8s.io', 'v1', 'customresourcedefinitions')!;
    grounds.push(groundAt(definitions, `${resource}.${group}`));
  }
  return grounds;
}

function groundAt({ bucket, cache }: ServedResource, key: string): Ground {
  return { bucket, key, revision: cache.get(key)?.revision ?? 0 };
}

import type { ResourceDefinition } from '#api/definition.ts';

/** Where upstream's storage has another name for a resource. */
const prefixes: Readonly<Record<string, string>> = {
  '/endpoints': 'services/endpoints',
  '/nodes': 'minions',
  '/replicationcontrollers': 'controllers',
  '/services': 'services/specs',
  'apiextensions.k8s.io/customresourcedefinitions': 'apiextensions.k8s.io/customresourcedefinitions',
  'apiregistration.k8s.io/apiservices': 'apiregistration.k8s.io/apiservices',
  'networking.k8s.io/ingresses': 'ingress',
};

/** The key under which upstream stores an object, which some of its errors tell. */
export function upstreamKey(
  { group, resource, conversion }: ResourceDefinition,
  namespace: string,
  name: string,
  dryRun: boolean,
): string {
  const own = `${group}/${resource}`;
  const prefix = prefixes[own] ?? (conversion ? own : resource);
  // Before the store puts its own prefix to it.
  const root = dryRun ? '' : '/registry';
  return `${root}/${prefix}/${namespace === '' ? '' : `${namespace}/`}${name}`;
}

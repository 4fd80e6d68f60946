import { defineResource } from '../definition.ts';
import type { Binding } from '../generated/types/core.v1.ts';

/** The virtual resource by which a scheduler assigns a pod to a node. */
export const bindingResource = defineResource<Binding>({
  group: '',
  versions: [{ version: 'v1', schema: 'io.k8s.api.core.v1.Binding' }],
  kind: 'Binding',
  resource: 'bindings',
  singular: 'binding',
  namespaced: true,
  verbs: ['create'],
  strategy: {},
});

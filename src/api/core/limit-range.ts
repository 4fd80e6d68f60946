import { defineResource } from '../definition.ts';
import type { LimitRange } from '../generated/types/core.v1.ts';

export const limitRangeResource = defineResource<LimitRange>({
  group: '',
  versions: [{ version: 'v1', schema: 'io.k8s.api.core.v1.LimitRange' }],
  kind: 'LimitRange',
  resource: 'limitranges',
  singular: 'limitrange',
  shortNames: ['limits'],
  namespaced: true,
  strategy: { allowCreateOnUpdate: true },
});

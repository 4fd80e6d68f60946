import { defineResource } from '../definition.ts';
import type { LimitRange } from '../generated/types/core.v1.ts';

/** A container's default limit is the maximum, and its default request that limit, else the minimum. */
function setDefaults(object: LimitRange): void {
  for (const item of object.spec?.limits ?? []) {
    if (item.type !== 'Container') continue;
    const limits = { ...item.max, ...item.default };
    const requests = { ...item.min, ...limits, ...item.defaultRequest };
    if (Object.keys(limits).length > 0) item.default = limits;
    if (Object.keys(requests).length > 0) item.defaultRequest = requests;
  }
}

export const limitRangeResource = defineResource<LimitRange>({
  group: '',
  versions: [{ version: 'v1', schema: 'io.k8s.api.core.v1.LimitRange' }],
  kind: 'LimitRange',
  resource: 'limitranges',
  singular: 'limitrange',
  shortNames: ['limits'],
  namespaced: true,
  strategy: { allowCreateOnUpdate: true, setDefaults },
});

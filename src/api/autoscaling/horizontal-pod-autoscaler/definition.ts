import { defineResource } from '../../definition.ts';
import type { HorizontalPodAutoscaler } from '../../generated/types/autoscaling.v2.ts';
import { autoscalerColumns, autoscalerRow } from './columns.ts';
import { setAutoscalerDefaults } from './defaults.ts';

export const horizontalPodAutoscalerResource = defineResource<HorizontalPodAutoscaler>({
  group: 'autoscaling',
  versions: [
    { version: 'v2', schema: 'io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler' },
    { version: 'v1', schema: 'io.k8s.api.autoscaling.v1.HorizontalPodAutoscaler' },
  ],
  kind: 'HorizontalPodAutoscaler',
  resource: 'horizontalpodautoscalers',
  singular: 'horizontalpodautoscaler',
  shortNames: ['hpa'],
  categories: ['all'],
  namespaced: true,
  statusSubresource: true,
  strategy: { generation: false, setDefaults: setAutoscalerDefaults },
  columns: autoscalerColumns,
  row: autoscalerRow,
});

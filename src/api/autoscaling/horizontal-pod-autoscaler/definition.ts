import { defineResource } from '../../definition.ts';
import type { HorizontalPodAutoscaler } from '../../generated/types/autoscaling.v2.ts';
import { autoscalerColumns, autoscalerRow } from './columns.ts';
import { setAutoscalerDefaults } from './defaults.ts';
import { startStatus } from '../../strategies.ts';
import { fromV1, toV1 } from './v1.ts';
import { validateAutoscaler, validateAutoscalerStatus } from './validation.ts';

export const horizontalPodAutoscalerResource = defineResource<HorizontalPodAutoscaler>({
  group: 'autoscaling',
  versions: [
    { version: 'v2', schema: 'io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler' },
    {
      version: 'v1',
      schema: 'io.k8s.api.autoscaling.v1.HorizontalPodAutoscaler',
      toStorage: fromV1,
      fromStorage: toV1,
    },
  ],
  kind: 'HorizontalPodAutoscaler',
  resource: 'horizontalpodautoscalers',
  singular: 'horizontalpodautoscaler',
  shortNames: ['hpa'],
  categories: ['all'],
  namespaced: true,
  statusSubresource: true,
  strategy: {
    generation: false,
    setDefaults: setAutoscalerDefaults,
    prepareForCreate: startStatus<HorizontalPodAutoscaler>({
      desiredReplicas: 0,
      currentMetrics: null as never,
    }),
    validate: validateAutoscaler,
    validateStatusUpdate: validateAutoscalerStatus,
  },
  columns: autoscalerColumns,
  row: autoscalerRow,
});

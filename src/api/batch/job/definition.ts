import { defineResource } from '../../definition.ts';
import type { Job } from '../../generated/types/batch.v1.ts';
import { jobColumns, jobRow } from './columns.ts';
import { jobStrategy } from './strategy.ts';

export const jobResource = defineResource<Job>({
  group: 'batch',
  versions: [{ version: 'v1', schema: 'io.k8s.api.batch.v1.Job' }],
  kind: 'Job',
  resource: 'jobs',
  singular: 'job',
  categories: ['all'],
  namespaced: true,
  statusSubresource: true,
  strategy: jobStrategy,
  selectableFields: { 'status.successful': object => String(object.status?.succeeded ?? 0) },
  unselectable: field => `field label ${JSON.stringify(field)} not supported for Job`,
  columns: jobColumns,
  row: jobRow,
});

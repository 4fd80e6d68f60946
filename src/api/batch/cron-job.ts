import {
  age,
  ageColumn,
  column,
  nameColumn,
  selectorText,
  since,
  templateCells,
  templateColumns,
  wideColumn,
} from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { CronJob } from '../generated/types/batch.v1.ts';
import { setPodTemplateDefaults } from '../core/pod/defaults.ts';

function suspendText(suspend: boolean | undefined): string {
  if (suspend === undefined) return '<unset>';
  return suspend ? 'True' : 'False';
}

function setDefaults({ spec }: CronJob): void {
  if (!spec) return;
  spec.concurrencyPolicy ||= 'Allow';
  spec.suspend ??= false;
  spec.successfulJobsHistoryLimit ??= 3;
  spec.failedJobsHistoryLimit ??= 1;
  setPodTemplateDefaults(spec.jobTemplate?.spec?.template);
}

export const cronJobResource = defineResource<CronJob>({
  group: 'batch',
  versions: [{ version: 'v1', schema: 'io.k8s.api.batch.v1.CronJob' }],
  kind: 'CronJob',
  resource: 'cronjobs',
  singular: 'cronjob',
  shortNames: ['cj'],
  categories: ['all'],
  namespaced: true,
  statusSubresource: true,
  strategy: { setDefaults },
  columns: [
    nameColumn,
    column('Schedule'),
    column('Timezone'),
    column('Suspend', 'boolean'),
    column('Active', 'integer'),
    column('Last Schedule'),
    ageColumn,
    ...templateColumns,
    wideColumn('Selector'),
  ],
  row: (object, nowMs) => {
    const { spec, status } = object;
    return [
      object.metadata.name,
      spec?.schedule ?? '',
      spec?.timeZone ?? '<none>',
      suspendText(spec?.suspend),
      status?.active?.length ?? 0,
      status?.lastScheduleTime ? since(status.lastScheduleTime, nowMs) : '<none>',
      age(object, nowMs),
      ...templateCells(spec?.jobTemplate?.spec?.template),
      selectorText(spec?.jobTemplate?.spec?.selector),
    ];
  },
});

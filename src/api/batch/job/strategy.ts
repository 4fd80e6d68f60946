import { dropDisabled } from '../../core/pod/defaults.ts';
import { deepEqual } from '#base/equal.ts';
import type { Strategy } from '../../definition.ts';
import type { Job } from '../../generated/types/batch.v1.ts';
import { nameWarnings } from '../../core/pod/warnings.ts';
import { setJobDefaults } from './defaults.ts';
import { jobSpecWarnings } from './warnings.ts';
import { validateJobStatusUpdate } from './validate-status.ts';
import { controllerUidLabel, jobNameLabel, validateJob, validateJobUpdate } from './validation.ts';

/**
 * Labels its pods with the job's uid and name, and selects them by the uid, so that no two jobs share pods. What the
 * client says of that itself stays, and validation refuses what is another job's. Where the job has its labels from the
 * template, or none, both have the new ones.
 */
function generateSelector({ metadata, spec }: Job): void {
  if (!spec?.template || spec.manualSelector) return;
  const { uid = '', name = '' } = metadata;
  spec.template.metadata ??= {};
  spec.template.metadata.labels ??= {};
  const { labels } = spec.template.metadata;
  labels['job-name'] ??= name;
  labels[jobNameLabel] ??= name;
  labels['controller-uid'] ??= uid;
  labels[controllerUidLabel] ??= uid;
  if (Object.keys(metadata.labels ?? {}).length === 0) metadata.labels = labels;
  spec.selector ??= {};
  spec.selector.matchLabels = { [controllerUidLabel]: uid, ...spec.selector.matchLabels };
}

function prepareForCreate(job: Job): void {
  generateSelector(job);
  job.status = {};
}

/** Of a new job, or of one whose spec changes. */
function warnings({ metadata, spec }: Job, old?: Job): string[] {
  if (old && deepEqual(spec, old.spec)) return [];
  return [...(old ? [] : nameWarnings(metadata.name)), ...jobSpecWarnings('spec', spec)];
}

/** How jobs are admitted. A client that does not say leaves the pods behind, as batch/v1 always did. */
export const jobStrategy: Strategy<Job> = {
  metadataPasses: { update: ['create', 'update'] },
  setDefaults: setJobDefaults,
  dropDisabled: ({ spec }) => dropDisabled(spec?.template?.spec),
  prepareForCreate,
  warnings,
  validate: validateJob,
  validateUpdate: validateJobUpdate,
  validateStatusUpdate: validateJobStatusUpdate,
  defaultPropagation: 'Orphan',
  deletionWarning:
    'child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning',
};

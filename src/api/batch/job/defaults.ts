import { setPodTemplateDefaults } from '../../core/pod/defaults.ts';
import type { Job, JobSpec } from '../../generated/types/batch.v1.ts';

const maxInt32 = 0x7fffffff;
const backoffLimit = 6;

function setCountDefaults(spec: JobSpec): void {
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
  spec.parallelism ??= 1;
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? backoffLimit : maxInt32;
}

/** Defaults of a job; the template's labels are the job's own where it has none, now and when the template is given more. */
export function setJobDefaults({ metadata, spec }: Job): void {
  if (!spec) return;
  setCountDefaults(spec);
  const labels = spec.template?.metadata?.labels;
  if (labels && Object.keys(metadata.labels ?? {}).length === 0) metadata.labels = labels;
  spec.completionMode ??= 'NonIndexed';
  spec.suspend ??= false;
  spec.manualSelector ??= false;
  spec.podReplacementPolicy ??= spec.podFailurePolicy ? 'Failed' : 'TerminatingOrFailed';
  for (const rule of spec.podFailurePolicy?.rules ?? []) {
    for (const pattern of rule.onPodConditions ?? []) pattern.status ||= 'True';
  }
  setPodTemplateDefaults(spec.template);
}

import { jobs } from '#api/generated/refs.ts';
import type { Job } from '#api/generated/types/batch.v1.ts';
import type { Container, EnvVar, Pod } from '#api/generated/types/core.v1.ts';
import { controllerReference } from '#runtime/ownership.ts';
import { podFromTemplate } from '../shared/pod-control.ts';
import { trackingFinalizer } from './accounting.ts';
import { indexAnnotation } from './indexes.ts';

// The server cuts longer ones, and the index must stay.
const generateNameLengthMax = 58;

const indexVariable: EnvVar = {
  name: 'JOB_COMPLETION_INDEX',
  valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: `metadata.labels['${indexAnnotation}']` } },
};

/** A pod for the Job; `index` for an Indexed one, with the annotations that it has besides. */
export function podForJob(
  job: Job,
  index: number | undefined,
  annotations: Readonly<Record<string, string>> = {},
): Partial<Pod> {
  const pod = podFromTemplate(job.spec?.template, job, controllerReference(jobs, job));
  const finalizers = [...new Set([...(pod.metadata?.finalizers ?? []), trackingFinalizer])];
  const tracked = { ...pod, metadata: { ...pod.metadata, finalizers } };
  return index === undefined ? tracked : withIndex(job, tracked, index, annotations);
}

function withIndex(
  job: Job,
  pod: Partial<Pod>,
  index: number,
  more: Readonly<Record<string, string>>,
): Partial<Pod> {
  const { annotations, labels, ...metadata } = pod.metadata!;
  const suffix = `-${index}-`;
  const withVariable = (container: Container): Container =>
    container.env?.some(({ name: taken }) => taken === indexVariable.name)
      ? container
      : { ...container, env: [...(container.env ?? []), indexVariable] };
  const { spec } = pod;
  return {
    ...pod,
    metadata: {
      ...metadata,
      generateName: job.metadata.name!.slice(0, generateNameLengthMax - suffix.length) + suffix,
      annotations: { ...annotations, ...more, [indexAnnotation]: String(index) },
      labels: { ...labels, [indexAnnotation]: String(index) },
    },
    spec: {
      ...spec!,
      hostname: `${job.metadata.name}-${index}`,
      containers: (spec?.containers ?? []).map(withVariable),
      ...(spec?.initContainers ? { initContainers: spec.initContainers.map(withVariable) } : {}),
    },
  };
}

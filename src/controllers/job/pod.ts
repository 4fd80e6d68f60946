import { jobs } from '#api/generated/refs.ts';
import type { Job } from '#api/generated/types/batch.v1.ts';
import type { Container, EnvVar, Pod } from '#api/generated/types/core.v1.ts';
import { controllerReference } from '#runtime/ownership.ts';
import { podFromTemplate } from '../shared/pod-control.ts';
import { trackingFinalizer } from './accounting.ts';
import { indexAnnotation } from './indexes.ts';

const indexVariable: EnvVar = {
  name: 'JOB_COMPLETION_INDEX',
  valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: `metadata.labels['${indexAnnotation}']` } },
};

/** A pod for the Job; `index` for an Indexed one. */
export function podForJob(job: Job, index: number | undefined): Partial<Pod> {
  const pod = podFromTemplate(job.spec?.template, job, controllerReference(jobs, job));
  const finalizers = [...(pod.metadata?.finalizers ?? []), trackingFinalizer];
  const tracked = { ...pod, metadata: { ...pod.metadata, finalizers } };
  return index === undefined ? tracked : withIndex(job, tracked, index);
}

function withIndex(job: Job, pod: Partial<Pod>, index: number): Partial<Pod> {
  const { annotations, labels, ...metadata } = pod.metadata!;
  const name = `${job.metadata.name}-${index}`;
  const withVariable = (container: Container): Container =>
    container.env?.some(({ name: taken }) => taken === indexVariable.name)
      ? container
      : { ...container, env: [...(container.env ?? []), indexVariable] };
  const { spec } = pod;
  return {
    ...pod,
    metadata: {
      ...metadata,
      generateName: `${name}-`,
      annotations: { ...annotations, [indexAnnotation]: String(index) },
      labels: { ...labels, [indexAnnotation]: String(index) },
    },
    spec: {
      ...spec!,
      hostname: spec?.hostname ?? name,
      containers: (spec?.containers ?? []).map(withVariable),
      ...(spec?.initContainers ? { initContainers: spec.initContainers.map(withVariable) } : {}),
    },
  };
}

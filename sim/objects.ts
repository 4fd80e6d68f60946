import type { Deployment } from '#api/generated/types/apps.v1.ts';
import type { Job } from '#api/generated/types/batch.v1.ts';
import type { PodTemplateSpec, Service } from '#api/generated/types/core.v1.ts';

/** The objects that scenarios create. */
export interface DeploymentShape {
  readonly replicas: number;
  readonly image: string;
  readonly maxSurge: number;
  readonly maxUnavailable: number;
  readonly readyAfterSeconds: number;
}

/** One container that asks for `cpu`, labelled app=`app`. */
export function podTemplate(app: string, image: string, cpu: string, readyAfterSeconds = 0): PodTemplateSpec {
  const probe =
    readyAfterSeconds > 0
      ? { readinessProbe: { tcpSocket: { port: 80 }, initialDelaySeconds: readyAfterSeconds } }
      : {};
  return {
    metadata: { labels: { app } },
    spec: {
      terminationGracePeriodSeconds: 5,
      containers: [
        { name: 'main', image, ports: [{ containerPort: 80 }], resources: { requests: { cpu } }, ...probe },
      ],
    },
  };
}

export function deployment(namespace: string, name: string, shape: DeploymentShape): Partial<Deployment> {
  const { replicas, image, maxSurge, maxUnavailable, readyAfterSeconds } = shape;
  return {
    metadata: { name, namespace },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } },
      template: podTemplate(name, image, '900m', readyAfterSeconds),
    },
  };
}

export function service(namespace: string, name: string): Partial<Service> {
  return {
    metadata: { name, namespace },
    spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 80 }] },
  };
}

export interface JobShape {
  readonly completions: number;
  readonly parallelism: number;
  readonly indexed: boolean;
}

export function job(namespace: string, name: string, shape: JobShape): Partial<Job> {
  const { metadata, spec } = podTemplate(name, 'job:1', '300m');
  return {
    metadata: { name, namespace },
    spec: {
      completions: shape.completions,
      parallelism: shape.parallelism,
      completionMode: shape.indexed ? 'Indexed' : 'NonIndexed',
      backoffLimit: 20,
      template: { ...(metadata ? { metadata } : {}), spec: { ...spec!, restartPolicy: 'Never' } },
    },
  };
}

/** Workloads in small worlds in which the explorer reorders events, injects conflicts and crashes; see docs/explore.md. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { daemonSets, deployments, jobs, podDisruptionBudgets, statefulSets } from '#api/generated/refs.ts';
import type { PersistentVolumeClaim, PodSpec, PodTemplateSpec } from '#api/generated/types/core.v1.ts';
import type { KubeObject, ResourceRef } from '#machinery/object.ts';
import { type Exploration, explore, type Step } from '#explore/index.ts';
import { daemonSetController } from './daemonset/controller.ts';
import { deploymentController } from './deployment/controller.ts';
import { disruptionController } from './disruption/controller.ts';
import { jobController } from './job/controller.ts';
import { replicaSetController } from './replicaset/controller.ts';
import { statefulSetController } from './statefulset/controller.ts';

const namespace = 'default';
const selector = { matchLabels: { app: 'web' } };

function template(image: string, more: Partial<PodSpec> = {}): PodTemplateSpec {
  const spec = { nodeName: 'hollow-0', ...more, containers: [{ name: 'main', image }] };
  return { metadata: { labels: { app: 'web' } }, spec };
}

function create<T extends KubeObject>(ref: ResourceRef<T>, spec: object): Step {
  const object = { metadata: { namespace, name: 'web' }, spec } as unknown as Partial<T>;
  return { name: 'create it', act: client => client.create(ref, object), pauseMs: 20_000 };
}

function change(ref: ResourceRef, name: string, spec: object): Step {
  return {
    name,
    act: client => client.patch(ref, namespace, 'web', 'strategic', { spec }),
    pauseMs: 20_000,
  };
}

const newImage = (ref: ResourceRef, image: string) =>
  change(ref, `run ${image}`, { template: { spec: { containers: [{ name: 'main', image }] } } });

const claim: PersistentVolumeClaim = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'data' },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
};

const common = {
  company: { nodes: 1 },
  ignored: ['nodeName', 'podIP', 'podIPs'],
  // How many templates a controller has seen depends on when it looked.
  compared: (object: KubeObject) => (object.kind === 'ControllerRevision' ? undefined : object),
};

const explorations: Readonly<Record<string, Exploration>> = {
  statefulset: {
    ...common,
    controllers: [statefulSetController],
    steps: [
      create(statefulSets, {
        replicas: 2,
        serviceName: 'web',
        selector,
        template: template('web:1'),
        volumeClaimTemplates: [claim],
        persistentVolumeClaimRetentionPolicy: { whenScaled: 'Delete', whenDeleted: 'Delete' },
      }),
      newImage(statefulSets, 'web:2'),
      change(statefulSets, 'scale it down', { replicas: 1 }),
    ],
    // The claim of a pod that is away while its set gets smaller has no pod that it could go with.
    without: ['user first'],
  },
  daemonset: {
    ...common,
    company: { nodes: 2, scheduler: true },
    controllers: [daemonSetController],
    steps: [
      create(daemonSets, { selector, template: template('web:1', { nodeName: undefined }) }),
      newImage(daemonSets, 'web:2'),
      change(daemonSets, 'surge', {
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
        template: { spec: { containers: [{ name: 'main', image: 'web:3' }] } },
      }),
    ],
  },
  job: {
    ...common,
    controllers: [jobController],
    steps: [
      create(jobs, {
        completions: 3,
        parallelism: 2,
        completionMode: 'Indexed',
        backoffLimitPerIndex: 1,
        template: { spec: template('web:1', { restartPolicy: 'Never' }).spec },
      }),
      change(jobs, 'one at a time', { parallelism: 1 }),
    ],
    // A creation whose answer is lost counts as failed, here as upstream, and is made up for later.
    without: ['unanswered'],
  },
  deployment: {
    ...common,
    // How large the Deployment was when an old set was last scaled depends on when that was.
    ignored: [
      ...common.ignored,
      'deployment.kubernetes.io/desired-replicas',
      'deployment.kubernetes.io/max-replicas',
    ],
    company: { nodes: 1, controllers: [replicaSetController] },
    controllers: [deploymentController],
    steps: [
      create(deployments, { replicas: 2, selector, template: template('web:1') }),
      newImage(deployments, 'web:2'),
      change(deployments, 'scale it up', { replicas: 3 }),
    ],
  },
};

const budget: Exploration = {
  company: { nodes: 1, controllers: [deploymentController, replicaSetController] },
  controllers: [disruptionController],
  compared: object => (object.kind === 'PodDisruptionBudget' ? object : undefined),
  steps: [
    create(podDisruptionBudgets, { selector, maxUnavailable: 1 }),
    create(deployments, { replicas: 2, selector, template: template('web:1') }),
    change(deployments, 'scale it down', { replicas: 1 }),
  ],
};

for (const [name, exploration] of Object.entries({ ...explorations, budget })) {
  test(`nothing that goes wrong breaks ${name}`, async () => {
    const seconds = Number(process.env.EXPLORE_SECONDS ?? 0);
    const startMs = performance.now();
    const goOn = () => seconds === 0 || performance.now() - startMs < seconds * 1000;
    const { failure } = await explore(exploration, { seed: 1, budget: seconds > 0 ? 100_000 : 40, goOn });
    assert.equal(failure?.text, undefined);
  });
}

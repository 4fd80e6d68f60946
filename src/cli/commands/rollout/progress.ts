import type { KubeObject } from '#machinery/object.ts';
import { CliError } from '../../errors.ts';

interface Progress {
  /** The line to show; '' for none. */
  readonly text: string;
  readonly done: boolean;
}

interface Workload extends KubeObject {
  spec?: {
    replicas?: number;
    updateStrategy?: { type?: string; rollingUpdate?: { partition?: number } };
  };
  status?: {
    observedGeneration?: number;
    replicas?: number;
    readyReplicas?: number;
    updatedReplicas?: number;
    availableReplicas?: number;
    currentReplicas?: number;
    currentRevision?: string;
    updateRevision?: string;
    updatedNumberScheduled?: number;
    desiredNumberScheduled?: number;
    numberAvailable?: number;
    conditions?: { type: string; reason?: string }[];
  };
}

/** How far a rollout is, in kubectl's words. Throws where it cannot succeed any more. */
export function rolloutProgress(object: KubeObject, revision: number): Progress {
  switch (object.kind) {
    case 'Deployment':
      return deploymentProgress(object, revision);
    case 'DaemonSet':
      return daemonSetProgress(object);
    case 'StatefulSet':
      return statefulSetProgress(object);
    default:
      throw new CliError(`no status viewer has been implemented for ${object.kind}`);
  }
}

const waiting = (text: string): Progress => ({ text: `${text}\n`, done: false });
const finished = (text: string): Progress => ({ text: `${text}\n`, done: true });

function deploymentProgress(object: Workload, revision: number): Progress {
  const name = JSON.stringify(object.metadata.name);
  const running = Number(object.metadata.annotations?.['deployment.kubernetes.io/revision'] ?? 0);
  if (revision > 0 && running !== revision)
    throw new CliError(`desired revision (${revision}) is different from the running revision (${running})`);
  const status = object.status ?? {};
  if ((object.metadata.generation ?? 0) > (status.observedGeneration ?? 0))
    return waiting('Waiting for deployment spec update to be observed...');
  const progressing = status.conditions?.find(condition => condition.type === 'Progressing');
  if (progressing?.reason === 'ProgressDeadlineExceeded')
    throw new CliError(`deployment ${name} exceeded its progress deadline`);
  const { updatedReplicas = 0, replicas = 0, availableReplicas = 0 } = status;
  const wanted = object.spec?.replicas ?? 1;
  const start = `Waiting for deployment ${name} rollout to finish:`;
  if (updatedReplicas < wanted)
    return waiting(`${start} ${updatedReplicas} out of ${wanted} new replicas have been updated...`);
  if (replicas > updatedReplicas)
    return waiting(`${start} ${replicas - updatedReplicas} old replicas are pending termination...`);
  if (availableReplicas < updatedReplicas)
    return waiting(`${start} ${availableReplicas} of ${updatedReplicas} updated replicas are available...`);
  return finished(`deployment ${name} successfully rolled out`);
}

function daemonSetProgress(object: Workload): Progress {
  requireRollingUpdate(object);
  const name = JSON.stringify(object.metadata.name);
  const status = object.status ?? {};
  if ((object.metadata.generation ?? 0) > (status.observedGeneration ?? 0))
    return waiting('Waiting for daemon set spec update to be observed...');
  const { updatedNumberScheduled = 0, desiredNumberScheduled = 0, numberAvailable = 0 } = status;
  const start = `Waiting for daemon set ${name} rollout to finish:`;
  if (updatedNumberScheduled < desiredNumberScheduled)
    return waiting(
      `${start} ${updatedNumberScheduled} out of ${desiredNumberScheduled} new pods have been updated...`,
    );
  if (numberAvailable < desiredNumberScheduled)
    return waiting(`${start} ${numberAvailable} of ${desiredNumberScheduled} updated pods are available...`);
  return finished(`daemon set ${name} successfully rolled out`);
}

function statefulSetProgress(object: Workload): Progress {
  requireRollingUpdate(object);
  const status = object.status ?? {};
  const observed = status.observedGeneration ?? 0;
  if (observed === 0 || (object.metadata.generation ?? 0) > observed)
    return waiting('Waiting for statefulset spec update to be observed...');
  const wanted = object.spec?.replicas ?? 1;
  const { readyReplicas = 0, updatedReplicas = 0, currentReplicas = 0 } = status;
  if (readyReplicas < wanted) return waiting(`Waiting for ${wanted - readyReplicas} pods to be ready...`);
  const rolling = object.spec?.updateStrategy?.rollingUpdate;
  if (rolling) {
    const target = wanted - (rolling.partition ?? 0);
    if (rolling.partition !== undefined && updatedReplicas < target)
      return waiting(
        `Waiting for partitioned roll out to finish: ${updatedReplicas} out of ${target} new pods have been updated...`,
      );
    return finished(`partitioned roll out complete: ${updatedReplicas} new pods have been updated...`);
  }
  if (status.updateRevision !== status.currentRevision)
    return waiting(
      `waiting for statefulset rolling update to complete ${updatedReplicas} pods at revision ${status.updateRevision}...`,
    );
  return finished(
    `statefulset rolling update complete ${currentReplicas} pods at revision ${status.currentRevision}...`,
  );
}

function requireRollingUpdate(object: Workload): void {
  if (object.spec?.updateStrategy?.type !== 'RollingUpdate')
    throw new CliError('rollout status is only available for RollingUpdate strategy type');
}

import type { KubeObject, ResourceRef } from '#machinery/object.ts';
import type { Finding } from '../explanation.ts';
import type { Facts } from '../facts.ts';
import type { Gatherer } from '../gather.ts';
import { podExplainer } from '../pod/explain.ts';
import { claimExplainer } from './claim.ts';
import { cronJobExplainer } from './cron-job.ts';
import { daemonSetExplainer } from './daemon-set.ts';
import { deploymentExplainer } from './deployment.ts';
import { jobExplainer } from './job.ts';
import { namespaceExplainer } from './namespace.ts';
import { nodeExplainer } from './node.ts';
import { replicaSetExplainer, replicationControllerExplainer } from './replica-set.ts';
import { serviceExplainer } from './service.ts';
import { statefulSetExplainer } from './stateful-set.ts';

/** What is known of one kind: what to read beside the object, its owners and its events; and what to make of it. */
export interface KindExplainer<T extends KubeObject = KubeObject> {
  readonly ref: ResourceRef<T>;
  gather(object: T, gatherer: Gatherer): Promise<void>;
  /** Nothing: the object is as its conditions say. */
  findings(object: T, facts: Facts): Finding[];
}

function entry<T extends KubeObject>(explainer: KindExplainer<T>): KindExplainer {
  return explainer as unknown as KindExplainer;
}

/** Kinds without a line here are explained by their conditions. */
export const kindExplainers: readonly KindExplainer[] = [
  entry(claimExplainer),
  entry(cronJobExplainer),
  entry(daemonSetExplainer),
  entry(deploymentExplainer),
  entry(jobExplainer),
  entry(namespaceExplainer),
  entry(nodeExplainer),
  entry(podExplainer),
  entry(replicaSetExplainer),
  entry(replicationControllerExplainer),
  entry(serviceExplainer),
  entry(statefulSetExplainer),
];

export function explainerOf(group: string, kind: string): KindExplainer | undefined {
  return kindExplainers.find(({ ref }) => ref.group === group && ref.kind === kind);
}

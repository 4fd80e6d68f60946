import { replicaSets, replicationControllers } from '#api/generated/refs.ts';
import type { ReplicaSetStatus } from '#api/generated/types/apps.v1.ts';
import type { PodTemplateSpec } from '#api/generated/types/core.v1.ts';
import type { LabelSelector } from '#api/generated/types/meta.v1.ts';
import type { KubeObject, ResourceRef } from '#machinery/object.ts';

/** A ReplicaSet, or a ReplicationController seen as one. */
export interface ReplicaOwner extends KubeObject {
  readonly spec?: {
    readonly replicas?: number;
    readonly minReadySeconds?: number;
    readonly selector?: LabelSelector | Record<string, string>;
    readonly template?: PodTemplateSpec;
  };
  readonly status?: ReplicaSetStatus;
}

/** One of the two kinds that keep a number of like pods. */
export interface ReplicaKind {
  readonly name: string;
  readonly component: string;
  readonly ref: ResourceRef<ReplicaOwner>;
  readonly selectorOf: (owner: ReplicaOwner) => LabelSelector | undefined;
  /** status.terminatingReplicas exists (KEP-3973). */
  readonly countsTerminating: boolean;
}

export const replicaSetKind: ReplicaKind = {
  name: 'replicaset',
  component: 'replicaset-controller',
  ref: replicaSets as unknown as ResourceRef<ReplicaOwner>,
  selectorOf: owner => owner.spec?.selector as LabelSelector | undefined,
  countsTerminating: true,
};

export const replicationControllerKind: ReplicaKind = {
  name: 'replicationcontroller',
  component: 'replication-controller',
  ref: replicationControllers as unknown as ResourceRef<ReplicaOwner>,
  selectorOf: owner => ({ matchLabels: owner.spec?.selector as Record<string, string> | undefined }),
  countsTerminating: false,
};

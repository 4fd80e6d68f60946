import type { Log } from '#base/log.ts';
import type { Random } from '#base/random.ts';
import type { Clock } from '#base/clock.ts';
import type { KubeletSettings } from '#kubelet/config/settings.ts';
import type { AuditSettings } from './audit/open-audit.ts';
import type { ClusterRecord } from './cluster-record.ts';
import type { EncryptionFile } from './config/encryption-config.ts';
import type { ControlPlane, ControlPlaneOptions } from './control-plane.ts';
import type { LivePki } from './live-pki.ts';
import type { ClusterPaths } from './paths.ts';
import type { Steps } from './steps.ts';

export interface ServerOptions {
  readonly paths: ClusterPaths;
  readonly record: ClusterRecord;
  /** It has never run so far that its record was written. */
  readonly isNew: boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly steps: Steps;
  /** What the user adds to the cluster. */
  readonly additions?: Pick<
    ControlPlaneOptions,
    'extensions' | 'manifests' | 'crashes' | 'scheduler' | 'localStorage' | 'nodePorts' | 'apiServer'
  > & {
    readonly audit?: AuditSettings | undefined;
    /** Absent: Secrets alone, by a key of the cluster's own. */
    readonly encryption?: EncryptionFile | undefined;
    /** Of a real node. */
    readonly kubelet?: KubeletSettings | undefined;
  };
}

/** Whether volumes are made on the nodes' disks: unless the user has it otherwise. */
export function localStorageOf({ additions }: ServerOptions): boolean {
  return additions?.localStorage ?? true;
}

/** A node of this process: real (kubelet, proxy, DNS) or simulated. */
export interface NodePart {
  /** Leaves nothing running. */
  stop(): Promise<void>;
}

/** What a node is told of the cluster that it joins. */
export interface ServedCluster {
  readonly controlPlane: ControlPlane;
  readonly port: number;
  readonly pki: LivePki;
}

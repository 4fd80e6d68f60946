import type { Service } from '#api/generated/types/core.v1.ts';
import type { Clock } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import type { Random } from '#base/random.ts';
import type { Client } from '#client/client.ts';
import type { EventRecorder } from '#client/events.ts';
import type { ClusterDns, DnsConfig } from '../config/dns.ts';
import type { Layout } from '../config/layout.ts';
import type { HostPort } from '../host/port.ts';
import type { Pressure } from '../eviction/signals.ts';
import type { Backoff } from '../lifecycle/backoff.ts';
import type { ProbeManager } from '../probes/probe-manager.ts';
import type { Prober } from '../probes/prober.ts';
import type { Runtime } from '../runtime.ts';
import type { Node, Pod } from '../types.ts';
import type { ObjectSources } from '../volumes/object-sources.ts';
import type { PodVolumes } from '../volumes/pod-volumes.ts';
import type { ImageManager } from './images.ts';
import type { ImageVolumes } from './image-volumes.ts';
import type { PodCgroups } from './pod-cgroups.ts';

/** What all pod workers of one kubelet share. */
export interface WorkerContext {
  readonly client: Client;
  readonly runtime: Runtime;
  readonly runtimeName: string;
  readonly host: HostPort;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly recorder: EventRecorder;
  readonly layout: Layout;
  readonly volumes: PodVolumes;
  readonly sources: ObjectSources;
  readonly images: ImageManager;
  readonly imageVolumes: ImageVolumes;
  readonly probes: ProbeManager;
  readonly prober: Prober;
  readonly backoff: Backoff;
  readonly nodeName: string;
  readonly hostIps: readonly string[];
  readonly hostDns: DnsConfig;
  readonly clusterDns: ClusterDns;
  readonly cgroupRoot: string;
  readonly cgroups: PodCgroups;
  readonly memoryCapacityBytes: number;
  /** The kernel enforces AppArmor profiles. */
  readonly appArmor: boolean;
  readonly nodeAllocatable: Readonly<Record<string, string>>;
  /** The node's own object, once it is known. */
  node(): Node | undefined;
  /** The same as it stands now: labels may have come since. */
  freshNode(): Promise<Node | undefined>;
  /** What the node is short of. */
  pressures(): readonly Pressure[];
  /** Other pods of this node that hold resources. */
  activePods(): readonly Pod[];
  /** Rejects while the services have not been read once. */
  services(): readonly Service[];
}

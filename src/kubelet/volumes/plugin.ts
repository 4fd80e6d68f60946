import type {
  ConfigMap,
  PersistentVolume,
  PersistentVolumeClaim,
  Secret,
} from '#api/generated/types/core.v1.ts';
import type { DownwardFacts } from '../config/downward.ts';
import type { HostPort } from '../host/port.ts';
import type { Pod, Volume } from '../types.ts';

/** A volume cannot be made ready; the message is the end of the FailedMount event. */
export class VolumeError extends Error {
  override readonly name = 'VolumeError';
}

/** A claim does not lead to a volume that can be made ready. */
export class ClaimError extends VolumeError {}

/** API objects that volumes are made from. undefined: there is no such object. */
export interface VolumeSources {
  configMap(pod: Pod, name: string): Promise<ConfigMap | undefined>;
  secret(pod: Pod, name: string): Promise<Secret | undefined>;
  claim(pod: Pod, name: string): Promise<PersistentVolumeClaim | undefined>;
  volume(name: string): Promise<PersistentVolume | undefined>;
  /** A token of the pod's service account, bound to the pod; renewed in good time. */
  token(pod: Pod, audience: string | undefined, expirationSeconds: number): Promise<string>;
}

export interface VolumeContext {
  readonly pod: Pod;
  readonly volume: Volume;
  /** The volume's own directory; the plugin makes it. */
  readonly directory: string;
  readonly host: HostPort;
  readonly sources: VolumeSources;
  readonly downward: DownwardFacts;
  readonly nowMs: number;
}

/** How one kind of volume becomes a path on the host. */
export interface VolumePlugin {
  /** Upstream's name, e.g. kubernetes.io/empty-dir. */
  readonly name: string;
  supports(volume: Volume): boolean;
  /** Contents come from the API and follow it: `setUp` runs again while the pod lives. */
  readonly live: boolean;
  /** No container may write to it, whatever its mount says: the API's contents are the API's. */
  readOnly(volume: Volume): boolean;
  /** Makes the volume ready, or up to date; idempotent. Resolves to the path to mount from. */
  setUp(context: VolumeContext): Promise<string>;
}

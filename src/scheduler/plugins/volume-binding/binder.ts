/** Carries out what was decided about a pod's volumes, and waits until its claims are bound. */
import { nodes, persistentVolumeClaims, persistentVolumes, pods } from '#api/generated/refs.ts';
import type { Node, PersistentVolume, PersistentVolumeClaim } from '#api/generated/types/core.v1.ts';
import { abortReason } from '#base/clock.ts';
import { type KubeObject, objectKey } from '#machinery/object.ts';
import { OwnWrites } from '#runtime/own-writes.ts';
import { annotations, isFullyBound } from '#runtime/volume-matching.ts';
import type { ObjectSource } from '../../framework/object-source.ts';
import type { PodInfo } from '../../framework/pod-info.ts';
import type { PluginContext } from '../../framework/plugin-context.ts';
import type { PodVolumes, VolumeState } from './volumes.ts';

export class VolumeBinder {
  readonly #context: PluginContext;
  readonly #state: VolumeState;
  readonly #timeoutMs: number;
  readonly #sources: {
    readonly volumes: ObjectSource<PersistentVolume>;
    readonly claims: ObjectSource<PersistentVolumeClaim>;
    readonly nodes: ObjectSource<Node>;
    readonly pods: ObjectSource<KubeObject>;
  };
  /** Those that wait, by the keys of the claims and pods whose changes they look at. */
  readonly #waiting = new Map<string, Set<() => void>>();

  constructor(context: PluginContext, state: VolumeState, timeoutMs: number) {
    const { lister, signal } = context;
    this.#context = context;
    this.#state = state;
    this.#timeoutMs = timeoutMs;
    this.#sources = {
      volumes: lister(persistentVolumes),
      claims: lister(persistentVolumeClaims),
      nodes: lister(nodes),
      pods: lister(pods),
    };
    const claimChanged = (claim: PersistentVolumeClaim) => this.#wake(`claim ${objectKey(claim)}`);
    const volumeChanged = ({ spec }: PersistentVolume) => {
      const { namespace, name } = spec?.claimRef ?? {};
      if (name) this.#wake(`claim ${namespace}/${name}`);
    };
    const subscriptions = [
      this.#sources.claims.on({ updated: claimChanged, deleted: claimChanged }),
      this.#sources.volumes.on({ added: volumeChanged, updated: (_, old) => volumeChanged(old) }),
      this.#sources.pods.on({ deleted: pod => this.#wake(`pod ${objectKey(pod)}`) }),
    ];
    const stop = () => {
      for (const subscription of subscriptions) subscription[Symbol.dispose]();
    };
    signal.addEventListener('abort', stop, { once: true });
  }

  /** Resolves once all claims are bound. Rejects where a binding is taken back, fails or lasts too long. */
  async bind(pod: PodInfo, nodeName: string, { matches, provisions }: PodVolumes): Promise<void> {
    const { client } = this.#context;
    const written = new OwnWrites();
    for (const { volume } of matches)
      written.note(volume.metadata.name!, await client.update(persistentVolumes, volume));
    for (const claim of provisions)
      written.note(objectKey(claim), await client.update(persistentVolumeClaims, claim));
    const claims = [...matches.map(({ claim }) => claim), ...provisions].map(objectKey);
    await this.#until([`pod ${pod.key}`, ...claims.map(key => `claim ${key}`)], () => {
      if (!this.#sources.pods.get(pod.key)) throw new Error('pod does not exist any more');
      const node = this.#sources.nodes.get(nodeName);
      if (!node) throw new Error(`failed to get node "${nodeName}": node "${nodeName}" not found`);
      return (
        matches.every(({ claim, volume }) => this.#isMatchBound(node, objectKey(claim), volume, written)) &&
        provisions.every(claim => this.#isProvisioned(node, objectKey(claim), written))
      );
    });
  }

  #isMatchBound(node: Node, claimKey: string, { metadata }: PersistentVolume, written: OwnWrites): boolean {
    const name = metadata.name!;
    const volume = this.#sources.volumes.get(name);
    if (!volume) throw new Error(`failed to check binding: could not find v1.PersistentVolume "${name}"`);
    const claim = this.#claim(claimKey, 'failed to check binding');
    if (written.isBehind(name, volume)) return false;
    this.#checkReach(node, volume);
    if (!volume.spec?.claimRef?.uid) throw new Error(`ClaimRef got reset for pv "${name}"`);
    return isFullyBound(claim);
  }

  #isProvisioned(node: Node, claimKey: string, written: OwnWrites): boolean {
    const claim = this.#claim(claimKey, 'failed to check provisioning pvc');
    if (written.isBehind(claimKey, claim)) return false;
    const { name, annotations: set } = claim.metadata;
    // Whoever provisions takes the annotation away when it cannot.
    if (!set) throw new Error(`selectedNode annotation reset for PVC "${name}"`);
    if (set[annotations.selectedNode] !== node.metadata.name)
      throw new Error(`provisioning failed for PVC "${name}"`);
    const volumeName = claim.spec?.volumeName;
    if (!volumeName) return false;
    const volume = this.#sources.volumes.get(volumeName);
    if (!volume) return false;
    this.#checkReach(node, volume);
    return isFullyBound(claim);
  }

  #claim(key: string, doing: string): PersistentVolumeClaim {
    const claim = this.#sources.claims.get(key);
    if (!claim) throw new Error(`${doing}: could not find v1.PersistentVolumeClaim "${key}"`);
    return claim;
  }

  #checkReach({ metadata }: Node, volume: PersistentVolume): void {
    if (this.#state.reaches({ name: metadata.name!, labels: metadata.labels ?? {} }, volume)) return;
    const { name } = volume.metadata;
    throw new Error(
      `pv "${name}" node affinity doesn't match node "${metadata.name}": no matching NodeSelectorTerms`,
    );
  }

  /** Until `holds` answers true, asked anew at each change of what is watched; what it throws rejects. */
  #until(keys: readonly string[], holds: () => boolean): Promise<void> {
    const { clock, signal } = this.#context;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const check = () => {
      try {
        if (holds()) resolve();
      } catch (error) {
        reject(error);
      }
    };
    const timer = clock.after(this.#timeoutMs, () => reject(new Error('context deadline exceeded')));
    const stop = () => reject(abortReason(signal));
    signal.addEventListener('abort', stop, { once: true });
    for (const key of keys) this.#waiting.set(key, (this.#waiting.get(key) ?? new Set()).add(check));
    if (signal.aborted) stop();
    else check();
    return promise
      .catch(cause => {
        throw new Error(`binding volumes: ${(cause as Error).message}`, { cause });
      })
      .finally(() => {
        timer[Symbol.dispose]();
        signal.removeEventListener('abort', stop);
        for (const key of keys) this.#leave(key, check);
      });
  }

  #leave(key: string, check: () => void): void {
    const checks = this.#waiting.get(key);
    checks?.delete(check);
    if (checks?.size === 0) this.#waiting.delete(key);
  }

  #wake(key: string): void {
    for (const check of [...(this.#waiting.get(key) ?? [])]) check();
  }
}

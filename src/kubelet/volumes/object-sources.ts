import {
  configMaps,
  persistentVolumeClaims,
  persistentVolumes,
  secrets,
  serviceAccounts,
} from '#api/generated/refs.ts';
import type { TokenRequest } from '#api/generated/types/authentication.v1.ts';
import type {
  ConfigMap,
  PersistentVolume,
  PersistentVolumeClaim,
  Secret,
} from '#api/generated/types/core.v1.ts';
import type { Client } from '#client/client.ts';
import { Informer } from '#client/informer.ts';
import type { InformerSeams } from '#client/informer-options.ts';
import { orNotFound } from '#client/retry.ts';
import type { KubeObject, ResourceRef } from '#machinery/object.ts';
import type { Pod } from '../types.ts';
import type { VolumeSources } from './plugin.ts';

interface Watched {
  readonly informer: Informer;
  readonly users: Set<string>;
}

interface Token {
  readonly value: string;
  readonly refreshAtMs: number;
}

const dayMs = 86_400_000;

/**
 * The ConfigMaps and Secrets that the node's pods use, each watched by itself as the Node authorizer demands, and the
 * tokens of their service accounts. A pod's uid that is done with is to be released.
 */
export class ObjectSources implements VolumeSources, Disposable {
  readonly #client: Client;
  readonly #seams: InformerSeams;
  readonly #changed: (podUid: string) => void;
  readonly #watched = new Map<string, Watched>();
  readonly #tokens = new Map<string, Token>();
  #disposed = false;

  /** `changed` hears of a pod of which an object has changed. */
  constructor(client: Client, seams: InformerSeams, changed: (podUid: string) => void) {
    this.#client = client;
    this.#seams = seams;
    this.#changed = changed;
  }

  configMap(pod: Pod, name: string): Promise<ConfigMap | undefined> {
    return this.#object(configMaps, pod, name);
  }

  secret(pod: Pod, name: string): Promise<Secret | undefined> {
    return this.#object(secrets, pod, name);
  }

  /** Needed once, when a pod starts: not worth a watch. */
  claim(pod: Pod, name: string): Promise<PersistentVolumeClaim | undefined> {
    return orNotFound(this.#client.get(persistentVolumeClaims, pod.metadata.namespace!, name));
  }

  volume(name: string): Promise<PersistentVolume | undefined> {
    return orNotFound(this.#client.get(persistentVolumes, '', name));
  }

  async token(pod: Pod, audience: string | undefined, expirationSeconds: number): Promise<string> {
    const { namespace, name, uid } = pod.metadata;
    const key = `${uid}/${audience ?? ''}/${expirationSeconds}`;
    const nowMs = this.#seams.clock.now();
    const held = this.#tokens.get(key);
    if (held && nowMs < held.refreshAtMs) return held.value;
    const account = pod.spec?.serviceAccountName || 'default';
    const answer = (await this.#client.createSubresource(serviceAccounts, namespace!, account, 'token', {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      metadata: {},
      spec: {
        audiences: audience ? [audience] : [],
        expirationSeconds,
        boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
      },
    })) as TokenRequest;
    const { token, expirationTimestamp } = answer.status as { token: string; expirationTimestamp: string };
    // Upstream renews at 80 % of the life time, and after a day at the latest.
    const lifeMs = Date.parse(expirationTimestamp) - nowMs;
    this.#tokens.set(key, { value: token, refreshAtMs: nowMs + Math.min(lifeMs * 0.8, dayMs) });
    return token;
  }

  /** The pod is gone: its watches and tokens go. */
  release(podUid: string): void {
    for (const [key, watched] of this.#watched) {
      if (!watched.users.delete(podUid) || watched.users.size > 0) continue;
      watched.informer[Symbol.dispose]();
      this.#watched.delete(key);
    }
    for (const key of this.#tokens.keys()) if (key.startsWith(`${podUid}/`)) this.#tokens.delete(key);
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    for (const { informer } of this.#watched.values()) informer[Symbol.dispose]();
    this.#watched.clear();
  }

  async #object<T extends KubeObject>(ref: ResourceRef<T>, pod: Pod, name: string): Promise<T | undefined> {
    const namespace = pod.metadata.namespace!;
    const informer = this.#watch(ref as unknown as ResourceRef, pod, name);
    if (informer.synced) return informer.get(`${namespace}/${name}`) as T | undefined;
    return orNotFound(this.#client.get(ref, namespace, name));
  }

  #watch(ref: ResourceRef, pod: Pod, name: string): Informer {
    const { namespace, uid } = pod.metadata;
    const key = `${ref.resource}/${namespace}/${name}`;
    const watched = this.#watched.get(key) ?? this.#start(key, ref, namespace!, name);
    watched.users.add(uid!);
    return watched.informer;
  }

  #start(key: string, ref: ResourceRef, namespace: string, name: string): Watched {
    const options = { namespace, fieldSelector: `metadata.name=${name}` };
    if (this.#disposed) throw new Error('the kubelet has stopped');
    const informer = new Informer(this.#client, ref, options, this.#seams);
    const users = new Set<string>();
    const watched: Watched = { informer, users };
    this.#watched.set(key, watched);
    const tell = () => {
      for (const uid of users) this.#changed(uid);
    };
    informer.on({ added: tell, updated: tell, deleted: tell });
    informer.start();
    return watched;
  }
}

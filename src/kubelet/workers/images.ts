import { secrets } from '#api/generated/refs.ts';
import type { Secret } from '#api/generated/types/core.v1.ts';
import type { Clock } from '#base/clock.ts';
import type { Client } from '#client/client.ts';
import type { EventRecorder } from '#client/events.ts';
import { hasReason } from '#machinery/status.ts';
import { Backoff } from '../lifecycle/backoff.ts';
import type { Image, Runtime } from '../runtime.ts';
import type { ContainerSpec, Pod } from '../types.ts';
import { containerFieldPath } from './field-path.ts';
import { StartError } from './start-error.ts';

export interface ImageManagerOptions {
  readonly client: Client;
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly recorder: EventRecorder;
}

interface Credentials {
  readonly username?: string;
  readonly password?: string;
  readonly identityToken?: string;
}

/** How long the API shows the error itself before the back-off. */
const showErrorMs = 1_000;

/** The registry's host in an image's name, as credentials name it. */
export function registryOf(image: string): string {
  const first = image.split('/')[0]!;
  const isHost = image.includes('/') && (first.includes('.') || first.includes(':') || first === 'localhost');
  return isHost ? first : 'docker.io';
}

function withTag(image: string): string {
  const name = image.slice(image.lastIndexOf('/') + 1);
  return name.includes(':') || image.includes('@') ? image : `${image}:latest`;
}

const validName = /^[a-zA-Z0-9][a-zA-Z0-9._:/@-]*$/;

/** Sees to it that images are there, with upstream's events, reasons and back-off. */
export class ImageManager {
  readonly #options: ImageManagerOptions;
  readonly #backoff = new Backoff({ initialMs: 10_000, maxMs: 300_000 });
  readonly #lastError = new Map<string, { atMs: number; message: string }>();

  constructor(options: ImageManagerOptions) {
    this.#options = options;
  }

  /** Resolves to the image, pulled when its policy says so; rejects with StartError. */
  async ensure(pod: Pod, container: ContainerSpec): Promise<Image> {
    const name = container.image ?? '';
    if (!validName.test(name)) {
      const message = `Failed to apply default image tag "${name}": couldn't parse image name "${name}": invalid reference format`;
      this.#event(pod, container, 'Warning', 'InspectFailed', message);
      throw new StartError('InvalidImageName', message);
    }
    const image = await this.#options.runtime.imageStatus(withTag(name));
    const policy = container.imagePullPolicy ?? 'IfNotPresent';
    if (policy === 'Always' || (policy === 'IfNotPresent' && !image)) return this.#pull(pod, container, name);
    if (image) {
      const message = `Container image "${name}" already present on machine and can be accessed by the pod`;
      this.#event(pod, container, 'Normal', 'Pulled', message);
      return image;
    }
    const message = `Container image "${name}" is not present with pull policy of Never`;
    this.#event(pod, container, 'Warning', 'ErrImageNeverPull', message);
    throw new StartError('ErrImageNeverPull', message);
  }

  /** The pod is gone: nothing is remembered of its failures. */
  forget(podUid: string): void {
    this.#backoff.forget(`${podUid}_`);
    for (const key of this.#lastError.keys()) if (key.startsWith(`${podUid}_`)) this.#lastError.delete(key);
  }

  async #pull(pod: Pod, container: ContainerSpec, name: string): Promise<Image> {
    const { clock, runtime } = this.#options;
    const key = `${pod.metadata.uid}_${name}`;
    const last = this.#lastError.get(key);
    const wait = last && this.#backoff.waitSince(key, last.atMs, clock.now());
    if (wait) {
      this.#event(pod, container, 'Normal', 'BackOff', `Back-off pulling image "${name}"`);
      const message = `Back-off pulling image "${name}": ErrImagePull: ${last.message}`;
      throw new StartError('ImagePullBackOff', message, wait.untilMs);
    }
    this.#event(pod, container, 'Normal', 'Pulling', `Pulling image "${name}"`);
    const startedAtMs = clock.monotonicMs();
    try {
      await this.#pullWithSecrets(pod, name);
    } catch (error) {
      throw this.#failed(pod, container, name, key, error);
    }
    this.#lastError.delete(key);
    this.#backoff.forget(key);
    const image = await runtime.imageStatus(withTag(name));
    if (!image) throw new StartError('ImageInspectError', `Failed to inspect image "${name}"`);
    const took = `${((clock.monotonicMs() - startedAtMs) / 1_000).toFixed(3)}s`;
    const message = `Successfully pulled image "${name}" in ${took} (${took} including waiting). Image size: ${image.sizeBytes} bytes.`;
    this.#event(pod, container, 'Normal', 'Pulled', message);
    return image;
  }

  #failed(pod: Pod, container: ContainerSpec, name: string, key: string, error: unknown): StartError {
    const nowMs = this.#options.clock.now();
    const message = error instanceof Error ? error.message : String(error);
    this.#event(pod, container, 'Warning', 'Failed', `Failed to pull image "${name}": ${message}`);
    this.#backoff.next(key, nowMs, nowMs);
    this.#lastError.set(key, { atMs: nowMs, message });
    return new StartError('ErrImagePull', message, nowMs + showErrorMs);
  }

  async #pullWithSecrets(pod: Pod, name: string): Promise<void> {
    const { runtime } = this.#options;
    const credentials = await this.#credentials(pod, registryOf(name));
    let failure: unknown;
    for (const auth of credentials) {
      try {
        await runtime.pullImage(withTag(name), auth);
        return;
      } catch (error) {
        failure = error;
      }
    }
    if (credentials.length > 0) throw failure;
    await runtime.pullImage(withTag(name));
  }

  async #credentials(pod: Pod, registry: string): Promise<Credentials[]> {
    const found: Credentials[] = [];
    for (const { name } of pod.spec?.imagePullSecrets ?? []) {
      if (!name) continue;
      try {
        const secret = await this.#options.client.get(secrets, pod.metadata.namespace!, name);
        found.push(...credentialsOf(secret, registry));
      } catch (error) {
        if (!hasReason(error, 'NotFound')) throw error;
        const message = `Unable to retrieve some image pull secrets (${name}); attempting to pull the image may not succeed.`;
        this.#options.recorder.event(pod, 'Warning', 'FailedToRetrieveImagePullSecret', message);
      }
    }
    return found;
  }

  #event(
    pod: Pod,
    container: ContainerSpec,
    type: 'Normal' | 'Warning',
    reason: string,
    message: string,
  ): void {
    const fieldPath = containerFieldPath(pod, container.name);
    this.#options.recorder.event(pod, type, reason, message, { fieldPath });
  }
}

interface DockerAuth {
  readonly username?: string;
  readonly password?: string;
  readonly auth?: string;
  readonly identitytoken?: string;
}

/** What a docker configuration in a Secret has for a registry. */
export function credentialsOf(secret: Secret, registry: string): Credentials[] {
  const json = secret.data?.['.dockerconfigjson'];
  const legacy = secret.data?.['.dockercfg'];
  if (!json && !legacy) return [];
  let auths: Record<string, DockerAuth>;
  try {
    const parsed = JSON.parse(atob((json ?? legacy)!));
    auths = (json ? parsed.auths : parsed) ?? {};
  } catch {
    // Upstream ignores pull secrets that it cannot read: the pull itself tells the user.
    return [];
  }
  return Object.entries(auths)
    .filter(
      ([key]) => hostOf(key) === registry || (registry === 'docker.io' && hostOf(key) === 'index.docker.io'),
    )
    .map(([, auth]) => {
      const [username, ...password] = auth.auth ? atob(auth.auth).split(':') : [auth.username ?? ''];
      return {
        username: username ?? '',
        password: auth.auth ? password.join(':') : (auth.password ?? ''),
        ...(auth.identitytoken ? { identityToken: auth.identitytoken } : {}),
      };
    });
}

function hostOf(key: string): string {
  return key.replace(/^https?:\/\//, '').split('/')[0]!;
}

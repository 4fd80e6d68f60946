import { secrets } from '#api/generated/refs.ts';
import type { Secret } from '#api/generated/types/core.v1.ts';
import type { Clock } from '#base/clock.ts';
import type { Client } from '#client/client.ts';
import type { EventRecorder } from '#client/events.ts';
import { referenceProblem } from '#machinery/image-reference.ts';
import { hasReason } from '#machinery/status.ts';
import { Backoff } from '../lifecycle/backoff.ts';
import type { Image, Runtime } from '../runtime.ts';
import type { ContainerSpec, ImageVolume, Pod } from '../types.ts';
import { containerFieldPath } from './field-path.ts';
import { credentialsFor } from './keyring.ts';
import { StartError } from './start-error.ts';

export interface ImageManagerOptions {
  readonly client: Client;
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly recorder: EventRecorder;
}

/** An image that a pod needs. */
interface Wanted {
  readonly pod: Pod;
  readonly name: string;
  readonly policy: string;
  /** What of the pod the events are about; absent: all of it. */
  readonly fieldPath?: string;
}

/** How long the API shows the error itself before the back-off. */
const showErrorMs = 1_000;

function withTag(image: string): string {
  const name = image.slice(image.lastIndexOf('/') + 1);
  return name.includes(':') || image.includes('@') ? image : `${image}:latest`;
}

/** A short time as Go prints it: 345ms, 1.2s. */
function tookText(ms: number): string {
  const whole = Math.round(ms);
  return whole < 1_000 ? `${whole}ms` : `${whole / 1_000}s`;
}

/** Sees to it that images are there, with upstream's events, reasons and back-off. */
export class ImageManager {
  readonly #options: ImageManagerOptions;
  readonly #backoff = new Backoff({ initialMs: 10_000, maxMs: 300_000 });
  readonly #lastError = new Map<string, { atMs: number; message: string }>();

  constructor(options: ImageManagerOptions) {
    this.#options = options;
  }

  /** Resolves to a container's image, pulled when its policy says so; rejects with StartError. */
  ensure(
    pod: Pod,
    { name, image = '', imagePullPolicy: policy = 'IfNotPresent' }: ContainerSpec,
  ): Promise<Image> {
    return this.#ensure({ pod, name: image, policy, fieldPath: containerFieldPath(pod, name) });
  }

  /** The same of a volume's image. */
  ensureVolume(
    pod: Pod,
    { reference = '', pullPolicy: policy = 'IfNotPresent' }: ImageVolume,
  ): Promise<Image> {
    return this.#ensure({ pod, name: reference, policy });
  }

  async #ensure(wanted: Wanted): Promise<Image> {
    const { name, policy } = wanted;
    const problem = referenceProblem(name);
    if (problem) {
      const message = `Failed to apply default image tag "${name}": couldn't parse image name "${name}": ${problem}`;
      this.#event(wanted, 'Warning', 'InspectFailed', message);
      throw new StartError('InvalidImageName', message);
    }
    const image = await this.#options.runtime.imageStatus(withTag(name));
    if (policy === 'Always' || (policy === 'IfNotPresent' && !image)) return this.#pull(wanted);
    if (image) {
      const message = `Container image "${name}" already present on machine and can be accessed by the pod`;
      this.#event(wanted, 'Normal', 'Pulled', message);
      return image;
    }
    const message = `Container image "${name}" is not present with pull policy of Never`;
    this.#event(wanted, 'Warning', 'ErrImageNeverPull', message);
    throw new StartError('ErrImageNeverPull', message);
  }

  /** The pod is gone: nothing is remembered of its failures. */
  forget(podUid: string): void {
    this.#backoff.forget(`${podUid}_`);
    for (const key of this.#lastError.keys()) if (key.startsWith(`${podUid}_`)) this.#lastError.delete(key);
  }

  async #pull(wanted: Wanted): Promise<Image> {
    const { pod, name } = wanted;
    const { clock, runtime } = this.#options;
    const key = `${pod.metadata.uid}_${name}`;
    const last = this.#lastError.get(key);
    const wait = last && this.#backoff.waitSince(key, last.atMs, clock.now());
    if (wait) {
      this.#event(wanted, 'Normal', 'BackOff', `Back-off pulling image "${name}"`);
      const message = `Back-off pulling image "${name}": ErrImagePull: ${last.message}`;
      throw new StartError('ImagePullBackOff', message, wait.untilMs);
    }
    this.#event(wanted, 'Normal', 'Pulling', `Pulling image "${name}"`);
    const startedAtMs = clock.monotonicMs();
    try {
      await this.#pullWithSecrets(pod, name);
    } catch (error) {
      throw this.#failed(wanted, key, error);
    }
    this.#lastError.delete(key);
    this.#backoff.forget(key);
    const image = await runtime.imageStatus(withTag(name));
    if (!image) throw new StartError('ImageInspectError', `Failed to inspect image "${name}"`);
    const took = tookText(clock.monotonicMs() - startedAtMs);
    const message = `Successfully pulled image "${name}" in ${took} (${took} including waiting). Image size: ${image.sizeBytes} bytes.`;
    this.#event(wanted, 'Normal', 'Pulled', message);
    return image;
  }

  #failed(wanted: Wanted, key: string, error: unknown): StartError {
    const nowMs = this.#options.clock.now();
    const message = error instanceof Error ? error.message : String(error);
    this.#event(wanted, 'Warning', 'Failed', `Failed to pull image "${wanted.name}": ${message}`);
    this.#backoff.next(key, nowMs, nowMs);
    this.#lastError.set(key, { atMs: nowMs, message });
    return new StartError('ErrImagePull', message, nowMs + showErrorMs);
  }

  async #pullWithSecrets(pod: Pod, name: string): Promise<void> {
    const { runtime } = this.#options;
    const credentials = credentialsFor(await this.#pullSecrets(pod), name);
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

  async #pullSecrets(pod: Pod): Promise<Secret[]> {
    const found: Secret[] = [];
    for (const { name } of pod.spec?.imagePullSecrets ?? []) {
      if (!name) continue;
      try {
        found.push(await this.#options.client.get(secrets, pod.metadata.namespace!, name));
      } catch (error) {
        if (!hasReason(error, 'NotFound')) throw error;
        const message = `Unable to retrieve some image pull secrets (${name}); attempting to pull the image may not succeed.`;
        this.#options.recorder.event(pod, 'Warning', 'FailedToRetrieveImagePullSecret', message);
      }
    }
    return found;
  }

  #event({ pod, fieldPath }: Wanted, type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#options.recorder.event(pod, type, reason, message, fieldPath === undefined ? {} : { fieldPath });
  }
}
